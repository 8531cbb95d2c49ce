#include "work_share.hpp"

#include <array>
#include <charconv>
#include <cstdlib>
#include <optional>
#include <span>

#include "icolorit/io/crc32.hpp"
#include "misuse.hpp"
#include "printable.hpp"
#include "rank_variables.hpp"

namespace icolorit::tool {

namespace {

std::optional<Index> number_in(std::string_view text) {
  Index number = 0;
  const auto [stop, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc() || stop != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<Index> number_of(const char* variable) {
  const char* const text = std::getenv(variable);
  return text == nullptr ? std::nullopt : number_in(text);
}

/// The tasks of an array need not begin at 0, nor follow each other: --array=1-19:2.
WorkShare share_of_slurm_array() {
  const auto id = number_of("SLURM_ARRAY_TASK_ID"), first = number_of("SLURM_ARRAY_TASK_MIN"),
             last = number_of("SLURM_ARRAY_TASK_MAX"), count = number_of("SLURM_ARRAY_TASK_COUNT");
  require(id && first && last && count && *count >= 1,
          "--shard slurm: this is no task of a Slurm job array "
          "(SLURM_ARRAY_TASK_ID and _COUNT are not set): submit it with sbatch --array=1-N, or give --shard I/N");
  const Index step = *count > 1 ? (*last - *first) / (*count - 1) : 1;
  require(
      step >= 1 && *first + step * (*count - 1) == *last && *id >= *first && *id <= *last && (*id - *first) % step == 0,
      "--shard slurm: the tasks of the array are not evenly spaced: submit it with sbatch --array=1-N");
  return {(*id - *first) / step + 1, *count};
}

}  // namespace

bool WorkShare::contains(std::string_view name) const {
  return static_cast<Index>(crc32(std::as_bytes(std::span(name)))) % of == number - 1;
}

std::string WorkShare::text() const { return concat(number, '/', of); }

void WorkShareOption::add_to(OptionGroup& group) {
  group.add(
      "--shard", given, "I/N",
      "Do the I-th of N shares of the pictures, and keep a manifest of what is done, from which the same command "
      "goes on; slurm: the task of a job array, ranks: a process under mpirun or srun. icolorit merge joins them");
}

WorkShare WorkShareOption::share() const {
  if (given == "slurm") return share_of_slurm_array();
  if (given == "ranks") {
    const std::optional<RankVariables> ranks = rank_variables();
    require(ranks.has_value(),
            "--shard ranks: no launcher has numbered this process: start it with mpirun or srun, or "
            "give --shard I/N");
    return {ranks->rank + 1, ranks->size};
  }
  const std::size_t slash = given.find('/');
  const auto number = number_in(std::string_view(given).substr(0, slash)),
             of = slash == std::string::npos ? std::nullopt : number_in(std::string_view(given).substr(slash + 1));
  require(number && of && *number >= 1 && *number <= *of && *of <= 100'000, "--shard ", given,
          ": expected I/N, from 1/N to N/N, or slurm, or ranks");
  return {*number, *of};
}

std::string absolute_name(const std::filesystem::path& path) {
  return path.empty() ? "" : printable(std::filesystem::absolute(path).lexically_normal().string());
}

}  // namespace icolorit::tool
