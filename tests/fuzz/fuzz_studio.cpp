// Any text, as everything that the studio reads of others: a session with its journal, a request of commands, settings,
// palettes. Each is read, or refused by an icolorit::Error; a session that is read is the same after being written.
#include <cstdint>
#include <span>
#include <string_view>

#include "icolorit/studio/palette_file.hpp"
#include "icolorit/studio/picture_session.hpp"
#include "icolorit/studio/settings_json.hpp"

namespace {

using namespace icolorit;
using namespace icolorit::studio;

/// f(), which may refuse.
template <class F>
void read(F&& f) {
  try {
    f();
  } catch (const Error&) {  // what bad texts are for
  }
}

void read_session(const Json& value, std::string_view journal) {
  Session session = parse_session(value);
  replay_journal(session, journal);
  const Session again = parse_session(json::parse(format_session(session)));
  if (again.history.steps() != session.history.steps() || again.sequence != session.sequence) __builtin_trap();
}

void read_commands(const Json& value) {
  const CommandRequest request = parse_command_request(value);
  History history(640, 480);
  apply_request(history, request.commands);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  const std::string_view text = as_text(bytes);
  const std::size_t line = text.find('\n');  // a session stands in the first line, its journal after it
  read([&] {
    const Json value = json::parse(text.substr(0, line));
    read([&] { read_session(value, line == text.npos ? std::string_view() : text.substr(line + 1)); });
    read([&] { read_commands(value); });
    read([&] { settings_from_json(value, {}, {{"tiny"}, {"f32"}, {"cpu"}}); });
  });
  read([&] { parse_palettes(bytes, "palette"); });
  return 0;
}
