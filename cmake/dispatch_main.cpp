// The main function of a program for every x86-64 processor: chooses the code for this one, see dispatch.cmake.
// ICOLORIT_LEVEL in the environment names another level, for tests and comparisons.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace {

using Main = int(int, char**);
using Initialiser = void (*)(int, char**, char**);

}  // namespace

#define ICOLORIT_LEVEL(number, name)                               \
  extern "C" Main icolorit_main_##number;                          \
  extern "C" Initialiser __start_icolorit_initialisers_##number[]; \
  extern "C" Initialiser __stop_icolorit_initialisers_##number[];
#include <dispatch_levels.inc>
#undef ICOLORIT_LEVEL

namespace {

struct Level {
  std::string_view name;
  Main* main;
  Initialiser *first, *last;  // of its global variables
};

#define ICOLORIT_LEVEL(number, name) \
  Level{name, icolorit_main_##number, __start_icolorit_initialisers_##number, __stop_icolorit_initialisers_##number},
const std::array levels{
#include <dispatch_levels.inc>
};
#undef ICOLORIT_LEVEL

/// Whether the processor and the operating system have this level's instructions.
bool available(std::string_view level) {
  __builtin_cpu_init();
  if (level == "x86-64") return true;
  if (level == "x86-64-v3") return __builtin_cpu_supports("x86-64-v3");
  if (level == "x86-64-v4") return __builtin_cpu_supports("x86-64-v4");
  const bool vnni = __builtin_cpu_supports("x86-64-v4") && __builtin_cpu_supports("avx512vnni");
  if (level == "x86-64-v4+avx512vnni") return vnni;
  return level == "x86-64-v4+avx512vnni+avx512bf16" && vnni && __builtin_cpu_supports("avx512bf16");
}

/// The best level, or the one asked for; null where there is none of that name for this processor.
const Level* choose(const char* wanted) {
  const Level* chosen = nullptr;
  for (const Level& level : levels)
    if (available(level.name) && (wanted == nullptr || level.name == wanted)) chosen = &level;
  return chosen;
}

}  // namespace

int main(int argc, char** argv, char** environment) {
  const char* wanted = std::getenv("ICOLORIT_LEVEL");
  const Level* level = choose(wanted);
  if (level == nullptr) {
    std::fprintf(stderr, "ICOLORIT_LEVEL: this processor has no level %s; unset ICOLORIT_LEVEL or name one of", wanted);
    for (const Level& other : levels)
      if (available(other.name)) std::fprintf(stderr, " %.*s", static_cast<int>(other.name.size()), other.name.data());
    std::fputc('\n', stderr);
    return 2;
  }
  for (Initialiser* initialise = level->first; initialise != level->last; ++initialise)
    (*initialise)(argc, argv, environment);
  return level->main(argc, argv);
}
