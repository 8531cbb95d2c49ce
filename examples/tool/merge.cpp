// icolorit merge: what the shares of a divided job have done, joined into one file and one table.
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>

#include "commands.hpp"
#include "icolorit/io/file.hpp"
#include "infer_table.hpp"
#include "manifest.hpp"
#include "misuse.hpp"
#include "option_group.hpp"
#include "output_check.hpp"
#include "report.hpp"
#include "score_lines.hpp"

namespace icolorit::tool {

namespace {

struct Merge {
  std::filesystem::path folder, out, csv;
  bool overwrite = false;
  Report report;

  void run() const {
    const MergedManifest merged = read_manifests(folder);
    const std::string command = json::as_string(json::at(merged.job, "command"));
    require(csv.empty() || command == "evaluate", "--csv is for the scores of icolorit evaluate; ", folder,
            " is of icolorit ", command);
    // Its own result of before may be replaced: it is made of nothing but the shares.
    const std::filesystem::path path = out.empty() ? folder / "merged.jsonl" : out;
    if (!out.empty()) expect_output(out, {}, overwrite);
    if (!csv.empty()) expect_output(csv, {}, overwrite);
    std::string text;
    for (const auto& [name, line] : merged.pictures) text += json::write(line) + "\n";
    write_file(path, text);

    if (command == "infer") {
      InferTable table;
      for (const auto& [name, line] : merged.pictures) table.add(line);
      if (!report.as_json) table.print(std::cout);
    } else if (command == "evaluate") {
      ScoreTable table = score_table_of(merged.job);
      for (const auto& [name, line] : merged.pictures) add_scores(table, name, line);
      if (!report.as_json) table.print(std::cout);
      if (!csv.empty()) write_file(csv, table.csv());
    }
    report.write(ResultLine(path)
                     .count("shares", merged.shares, "share")
                     .count("pictures", std::ssize(merged.pictures), "picture")
                     .add("failed", merged.failures.size()));
    if (merged.failures.empty()) return;
    const auto& [name, reason] = *merged.failures.begin();
    note(counted(std::ssize(merged.failures), "picture"), " could not be used, the first ", printable(name), ": ",
         reason);
  }
};

}  // namespace

void add_merge(CLI::App& app) {
  CLI::App& command = *app.add_subcommand("merge", "Join the shares of a job that was divided with --shard");
  const auto options = std::make_shared<Merge>();
  command.add_option("FOLDER", options->folder, "Holds the manifests, share-1-of-4.jsonl and so on")
      ->type_name("FOLDER")
      ->required();
  OptionGroup output(command, "Output");
  output.file("-o,--out", options->out, "Gets a JSON object a line for each picture [merged.jsonl in FOLDER]");
  output.file("--csv", options->csv, "Gets a row for each picture that icolorit evaluate has measured");
  add_overwrite(output, options->overwrite);
  options->report.add_to(command);
  command.callback([options] { options->run(); });
}

}  // namespace icolorit::tool
