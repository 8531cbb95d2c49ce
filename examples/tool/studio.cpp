// icolorit studio: the page on which a person colours photographs.
#include <fcntl.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <vector>

#include "../studio/server.hpp"
#include "commands.hpp"
#include "engines.hpp"
#include "folder_contents.hpp"
#include "icolorit/io/byte_reader.hpp"
#include "icolorit/io/file.hpp"
#include "misuse.hpp"
#include "option_group.hpp"
#include "report.hpp"
#include "studio_engines.hpp"

namespace icolorit::tool {

namespace {

/// The first line of a file.
std::string read_password(const std::filesystem::path& path) {
  if (path.empty()) return {};
  std::string password{as_text(read_file(path, 1 << 16))};
  password = password.substr(0, password.find_first_of("\r\n"));
  require(!password.empty(), "--password-file ", path, " is empty: write the password into its first line");
  return password;
}

/// Starts the user's browser as a process that nobody waits for; without one, the address on the screen has to do.
void open_browser(const std::string& url) {
  const pid_t child = fork();
  if (child < 0) return;
  if (child == 0) {
    if (fork() != 0) _exit(0);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    setsid();
    const int nowhere = ::open("/dev/null", O_RDWR);
    dup2(nowhere, STDIN_FILENO);
    dup2(nowhere, STDOUT_FILENO);
    dup2(nowhere, STDERR_FILENO);
    execlp("xdg-open", "xdg-open", url.c_str(), static_cast<char*>(nullptr));
    _exit(127);
  }
  waitpid(child, nullptr, 0);
}

/// Opens pictures, sessions, and the pictures of folders: of several, as many as there is room for, without those that
/// cannot be opened. Throws FileError and FormatError where nothing is.
void open(studio::Studio& desk, studio::Shelf& shelf, const std::vector<std::filesystem::path>& paths) {
  if (paths.size() == 1 && !std::filesystem::is_directory(paths[0])) {
    shelf.open_file(paths[0]);
    return;
  }
  std::vector<std::string> unreadable;
  std::vector<std::filesystem::path> files;
  for (const std::filesystem::path& path : paths) {
    if (!std::filesystem::is_directory(path)) {
      files.push_back(path);
      continue;
    }
    try {
      const auto [inside, left_out] = list_folder(path);
      if (!left_out.empty()) note(left_out);
      files.insert(files.end(), inside.begin(), inside.end());
    } catch (const FileError& error) {
      if (paths.size() == 1) throw;
      unreadable.emplace_back(error.what());
    }
  }
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (desk.pictures().size() == studio::UploadLimits::pictures) {
      note(files.size() - i, " of the ", files.size(), " pictures are not opened, because ",
           studio::UploadLimits::pictures, " are open, which is the most: close some, then drop others on the page");
      break;
    }
    try {
      shelf.open_file(files[i]);
    } catch (const Error& error) {  // FormatError, FileError: the others can still be opened
      unreadable.emplace_back(error.what());
    }
  }
  note_left_out("unreadable", unreadable);
  if (desk.pictures().empty() && !paths.empty())
    throw FileError(concat("none of the ", files.size(), " pictures can be opened"));
}

/// As many open files as the system allows: each connection is one.
void allow_many_connections() {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
}

struct StudioCommand {
  std::vector<std::filesystem::path> files;
  std::filesystem::path password_file, data;
  studio::ServerOptions server;
  EngineOptions engine;
  bool no_browser = false;

  void run() {
    engine.complete();
    require(engine.fuses() || !engine.uses_network(), "the studio fuses: leave out --engine ", engine.engine);
    server.password = read_password(password_file);
    require(server.address.empty() || !server.password.empty(), "--listen ", server.address,
            " lets other machines in: give a password with --password-file FILE");
    require(server.page.empty() || std::filesystem::is_directory(server.page), "there is no folder ", server.page);

    // Before any thread is started, so that all of them leave these signals to sigwait.
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, signal);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);

    allow_many_connections();
    const StudioEngines engines(engine);
    studio::Studio desk(engines, engines.settings(), threads_of(engine));
    studio::Shelf shelf(desk, data.empty() ? studio::user_data_folder() / "studio" : data);
    open(desk, shelf, files);
    studio::Api api(desk, shelf, engines.names());
    studio::Server running(api, server);
    shelf.set_address(running.url());
    std::cout << running.url() << '\n' << std::flush;
    if (!server.address.empty())
      note("what goes to and from ", server.address, " is not encrypted, the password neither: use --listen only in a ",
           "network that you trust");
    std::cerr << "The studio runs until Ctrl-C; all work is saved as you go.\n";
    if (!no_browser) open_browser(running.url());

    int signal = 0;
    sigwait(&signals, &signal);
    desk.loop().end_waiting();
    for (const auto& picture : desk.pictures()) desk.close(picture->id());
    std::cerr << "\nSaved.\n";
    // Not by returning: browsers keep connections open, and waiting for their end would take seconds.
    std::cout.flush();
    std::_Exit(0);
  }
};

}  // namespace

void add_studio(CLI::App& app) {
  CLI::App& command = *app.add_subcommand("studio", "Colour photographs by clicking on them, in a browser");
  command.footer(
      "The page talks to this program alone; nothing leaves the machine. Work is saved beside the picture, in "
      "PICTURE.icolorit.json, after every change.\nExample: icolorit studio photo.jpg");
  const auto options = std::make_shared<StudioCommand>();
  command.add_option("FILE", options->files, "Pictures, folders of pictures, or sessions: of the studio, or .iclr")
      ->type_name("FILE");
  OptionGroup server(command, "Server");
  server.number("--port", options->server.port, "Port; 0: any that is free [the first free one from 26567 on]", 0,
                65535);
  server.flag("--no-browser", options->no_browser, "Only print the address");
  server.add("--listen", options->server.address, "ADDRESS",
             "Let other machines in at this address; needs --password-file");
  server.file("--password-file", options->password_file, "Its first line is the password; the name is icolorit");
  server.folder("--data", options->data,
                "Where uploaded pictures are kept [$XDG_DATA_HOME/icolorit/studio, or below ~/.local/share]");
  server.folder("--page", options->server.page, "For those who change the page: serve it from this folder");
  options->engine.add_to(command);
  command.callback([options] { options->run(); });
}

}  // namespace icolorit::tool
