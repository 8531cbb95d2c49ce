# Lets the tool write its manual page and its completions: cmake -D tool=... -D folder=... -P write_manual.cmake
file(MAKE_DIRECTORY "${folder}")
function(write_output file)
  execute_process(COMMAND "${tool}" ${ARGN} OUTPUT_FILE "${folder}/${file}" COMMAND_ERROR_IS_FATAL ANY)
endfunction()
write_output(icolorit.1 help --man)
write_output(icolorit completion bash)
write_output(_icolorit completion zsh)
write_output(icolorit.fish completion fish)
