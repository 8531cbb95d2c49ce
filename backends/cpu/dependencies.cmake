# The CPU backend runs on OpenMP, too, where the compiler has it; see cmake/dependencies.cmake. Whoever links the backend
# may have another compiler, so that the target is looked for there again.
find_package(OpenMP QUIET COMPONENTS CXX)
set(icolorit_cpu_libraries $<TARGET_NAME_IF_EXISTS:OpenMP::OpenMP_CXX>)
