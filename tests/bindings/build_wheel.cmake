# cmake -D python=<interpreter> -D prefix=<installed icolorit> -D root=<checkout> -D work=<scratch folder>
#   -P build_wheel.cmake
# Builds the wheel with pip, installs it into a clean virtual environment, and runs the package's tests on it. The module
# links the compiled libraries that are installed, because compiling them again would take two minutes.
cmake_minimum_required(VERSION 3.24)

file(REMOVE_RECURSE "${work}")
file(MAKE_DIRECTORY "${work}")
set(ENV{PIP_DISABLE_PIP_VERSION_CHECK} 1)

execute_process(COMMAND "${python}" -c
  "import os, sysconfig; assert os.path.exists(os.path.join(sysconfig.get_path('include'), 'Python.h'))"
  RESULT_VARIABLE result OUTPUT_QUIET ERROR_QUIET)
if(NOT result EQUAL 0)
  message("SKIPPED: ${python} has no header Python.h; on Debian the package python3-dev is missing")
  return()
endif()
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
  --config-settings "cmake.define.icolorit_ROOT=${prefix}" --config-settings "cmake.define.CMAKE_CXX_FLAGS=-Werror"
  --config-settings "build-dir=${work}/build")
file(GLOB wheel "${work}/wheels/icolorit-*.whl")
run("${environment}" -m pip install --quiet "${wheel}")
run("${environment}" -B -m pytest -q -p no:cacheprovider "${root}/bindings/python/tests")
run("${environment}" -B "${root}/examples/in_python.py")
# As a user's own type checker sees the installed package.
file(WRITE "${work}/use.py" "import icolorit
import numpy as np
from icolorit import Colorizer, Hint, Model
result: np.ndarray = Colorizer(Model.default()).colorize(np.zeros((4, 4), np.uint8), [Hint(1, 1, '#c04020')])
count: int = Colorizer(Model.default()).hint_count
same: bool = Hint(1, 1, 'tomato') == Hint(1, 1, (255, 99, 71))
hints: list[Hint] = icolorit.read_hints('hints.json', 4, 4)
print(icolorit.__version__, icolorit.default_weights.name, hints[0].color)
def tell(step: icolorit.TrainingStep) -> bool:
    return step.loss < 1
finished: bool = icolorit.train([result], 'folder', on_step=tell)
")
run("${environment}" -m mypy --strict use.py)
file(WRITE "${work}/misuse.py" "import icolorit\nicolorit.Colorizer(threads='four')\n")
execute_process(COMMAND "${environment}" -m mypy --strict misuse.py WORKING_DIRECTORY "${work}" RESULT_VARIABLE result
  OUTPUT_QUIET)
if(result EQUAL 0)
  message(FATAL_ERROR "the types of the installed package are not seen: a wrong call passed")
endif()
