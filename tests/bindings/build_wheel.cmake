# cmake -D python=<interpreter> -D library=<libicolorit.so> -D root=<checkout> -D work=<scratch folder>
#   -P build_wheel.cmake
# Builds the wheel with pip, installs it into a clean virtual environment, and runs the package's tests on it. The wheel
# packs the C library that was built before, because compiling it again would take a minute.
cmake_minimum_required(VERSION 3.24)

file(REMOVE_RECURSE "${work}")
file(MAKE_DIRECTORY "${work}")
set(ENV{PIP_DISABLE_PIP_VERSION_CHECK} 1)

execute_process(COMMAND "${python}" -m venv "${work}/environment" RESULT_VARIABLE result OUTPUT_QUIET ERROR_QUIET)
if(NOT result EQUAL 0)
  message("SKIPPED: ${python} makes no virtual environment; on Debian the package python3-venv is missing")
  return()
endif()
set(environment "${work}/environment/bin/python")
execute_process(COMMAND "${environment}" -m pip install --quiet --retries 1 --timeout 10 pytest mypy numpy
  RESULT_VARIABLE result OUTPUT_QUIET ERROR_QUIET)
if(NOT result EQUAL 0)
  message("SKIPPED: pip finds no package index")
  return()
endif()

function(run)
  execute_process(COMMAND ${ARGN} WORKING_DIRECTORY "${work}" RESULT_VARIABLE result)
  if(NOT result EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "ended with ${result}: ${command}")
  endif()
endfunction()
run("${environment}" -m pip wheel --quiet --no-deps --wheel-dir "${work}/wheels" "${root}/bindings/python"
  -C "cmake.define.ICOLORIT_C_LIBRARY=${library}" -C "build-dir=${work}/build")
file(GLOB wheel "${work}/wheels/icolorit-*-py3-none-*.whl")
list(LENGTH wheel count)
if(NOT count EQUAL 1)
  message(FATAL_ERROR "expected one wheel for every Python 3, got: ${wheel}")
endif()
run("${environment}" -m pip install --quiet "${wheel}")
run("${environment}" -B -m pytest -q -p no:cacheprovider "${root}/bindings/python/tests")
run("${environment}" -B "${root}/examples/in_python.py")
# As a user's own type checker sees the installed package.
file(WRITE "${work}/use.py" "import numpy as np
from icolorit import Colorizer, Hint, Model
result: np.ndarray = Colorizer(Model.default()).colorize(np.zeros((4, 4), np.uint8), [Hint(1, 1, '#c04020')])
count: int = Colorizer(Model.default()).hint_count
")
run("${environment}" -m mypy --strict use.py)
file(WRITE "${work}/misuse.py" "import icolorit\nicolorit.Colorizer(threads='four')\n")
execute_process(COMMAND "${environment}" -m mypy --strict misuse.py WORKING_DIRECTORY "${work}" RESULT_VARIABLE result
  OUTPUT_QUIET)
if(result EQUAL 0)
  message(FATAL_ERROR "the types of the installed package are not seen: a wrong call passed")
endif()
