// Session: what is kept of the work on one picture, as a JSON file and records that are appended to a journal.
// docs/formats.md describes both.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "icolorit/image/image.hpp"
#include "icolorit/io/crc32.hpp"
#include "icolorit/studio/hint_file_color.hpp"
#include "icolorit/studio/history.hpp"

namespace icolorit::studio {

/// Which picture a session is about. Two files with the same bytes are the same picture.
struct PictureReference {
  std::string path;      ///< relative to the session's folder, or absolute
  std::string checksum;  ///< see picture_checksum
  Index width = 0, height = 0;
};

/// The CRC-32 of bytes in 8 hexadecimal digits.
inline std::string crc32_digits(std::span<const std::byte> bytes) {
  char digits[9];
  std::snprintf(digits, sizeof digits, "%08x", static_cast<unsigned>(crc32(bytes)));
  return digits;
}

/// "crc32:", the CRC-32 of the file's bytes, ":", and how many bytes there are.
inline std::string picture_checksum(std::span<const std::byte> bytes) {
  return concat("crc32:", crc32_digits(bytes), ":", bytes.size());
}

/// Whether a text has the form that picture_checksum gives. A session file may hold any; it must not name a path.
inline bool is_picture_checksum(std::string_view text) {
  constexpr std::string_view prefix = "crc32:", digits = "0123456789", hexadecimal = "0123456789abcdef";
  if (!text.starts_with(prefix) || text.size() < 16 || text.size() > 40 || text[14] != ':') return false;
  return text.substr(6, 8).find_first_not_of(hexadecimal) == text.npos &&
         text.substr(15).find_first_not_of(digits) == text.npos;
}

/// The last number that each client has had applied: what it sends again after a lost answer is not applied again.
class ClientNumbers {
 public:
  static constexpr std::size_t most_clients = 64;

  std::int64_t of(const std::string& client) const {
    const auto found = numbers_.find(client);
    return found == numbers_.end() ? 0 : found->second.number;
  }
  /// The client that was heard of longest ago is forgotten when there are too many.
  void set(const std::string& client, std::int64_t number) {
    numbers_[client] = {number, ++time_};
    if (numbers_.size() <= most_clients) return;
    numbers_.erase(std::ranges::min_element(numbers_, {}, [](const auto& entry) { return entry.second.time; }));
  }

  /// A list, the client that was heard of longest ago first.
  Json to_json() const {
    std::map<std::int64_t, Json> by_time;
    for (const auto& [client, entry] : numbers_) by_time[entry.time] = {{"client", client}, {"number", entry.number}};
    Json list = Json::array();
    for (auto& [time, item] : by_time) list.push_back(std::move(item));
    return list;
  }
  /// Such a list, or an object of numbers by client, as sessions had it before. Throws ArgumentError.
  static ClientNumbers from_json(const Json& value) {
    constexpr std::int64_t most = std::int64_t{1} << 53;
    ClientNumbers clients;
    if (!value.is_array()) {
      const Fields fields(value, "session.clients");
      for (const auto& [client, number] : value.items()) clients.set(client, fields.integer(client.c_str(), 0, most));
      return clients;
    }
    for (const Json& item : value) {
      const Fields fields(item, "session.clients[]");
      clients.set(fields.text("client", DocumentLimits::id_length), fields.integer("number", 0, most));
    }
    return clients;
  }

 private:
  struct Entry {
    std::int64_t number = 0, time = 0;
  };
  std::map<std::string, Entry> numbers_;
  std::int64_t time_ = 0;
};

/// One picture's work: its history, and how far the journal has come.
struct Session {
  PictureReference picture;
  History history{1, 1};
  std::int64_t sequence = 0;  ///< of the last record that counts
  ClientNumbers clients;
  Json settings = Json::object();  ///< of the engine, as examples/studio/openapi.yaml has them
};

/// Applies the commands of one request: undo or redo, which stand alone, or one step. Throws ArgumentError; then
/// nothing has changed.
inline void apply_request(History& history, Json commands) {
  if (commands.is_array() && commands.size() == 1) {
    const std::string name = command_name(commands[0]);
    if (name == "undo" || name == "redo") {
      if (!(name == "undo" ? history.undo() : history.redo()))
        throw ArgumentError(concat("there is nothing to ", name));
      return;
    }
  }
  history.apply(std::move(commands));
}

/// One line of the journal, without its end.
inline std::string journal_record(std::int64_t sequence, const std::string& client, std::int64_t number,
                                  const Json& commands) {
  return Json{{"sequence", sequence}, {"client", client}, {"number", number}, {"commands", commands}}.dump(
      -1, ' ', false, Json::error_handler_t::replace);
}

inline constexpr std::string_view session_format = "icolorit session";
inline constexpr int session_version = 1;

/// What hints and strokes have in common in a hint file.
inline Json mark_of_hint_file(const Mark& mark) {
  const Lab<float> color{mark.kind == MarkKind::neutral ? Lab<float>{} : Lab<float>{60, mark.a, mark.b}};
  Json item{{"color", to_hex(hint_color({0, 0, hint_file_color(color)}))}};
  if (mark.kind == MarkKind::neutral) item["neutral"] = true;
  if (mark.radius > 0) item["radius"] = mark.radius;
  if (!mark.name.empty()) item["name"] = mark.name;
  if (!mark.note.empty()) item["note"] = mark.note;
  return item;
}

/// The hints and strokes as icolorit colorize --hints reads them, so that a session serves as a hint file, too.
inline Json hint_list(const Document& document) {
  Json hints = Json::array();
  for (const PointMark& hint : document.hints) {
    if (hint.hidden || hint.kind == MarkKind::keep) continue;
    Json item = mark_of_hint_file(hint);
    item["x"] = std::clamp(static_cast<Index>(hint.place.x), Index{0}, document.width - 1);
    item["y"] = std::clamp(static_cast<Index>(hint.place.y), Index{0}, document.height - 1);
    hints.push_back(std::move(item));
  }
  return hints;
}
inline Json stroke_list(const Document& document) {
  Json strokes = Json::array();
  for (const Stroke& stroke : document.strokes) {
    if (stroke.hidden || stroke.kind == MarkKind::keep) continue;
    Json item = mark_of_hint_file(stroke);
    for (const Point& point : stroke.points)
      item["points"].push_back({std::clamp(point.x, 0., static_cast<double>(document.width)),
                                std::clamp(point.y, 0., static_cast<double>(document.height))});
    strokes.push_back(std::move(item));
  }
  return strokes;
}

/// The text of a session file.
inline std::string format_session(const Session& session) {
  return Json{{"format", session_format},
              {"version", session_version},
              {"picture",
               {{"path", session.picture.path},
                {"checksum", session.picture.checksum},
                {"width", session.picture.width},
                {"height", session.picture.height}}},
              {"settings", session.settings},
              {"width", session.picture.width},
              {"height", session.picture.height},
              {"hints", hint_list(session.history.document())},
              {"strokes", stroke_list(session.history.document())},
              {"history", session.history.steps()},
              {"position", session.history.position()},
              {"sequence", session.sequence},
              {"clients", session.clients.to_json()}}
             .dump(1, ' ', false, Json::error_handler_t::replace) +  // a path need not be UTF-8
         '\n';
}

/// The most JSON values that are read of a session file: some hundred thousand steps.
inline constexpr Index max_session_values = Index{1} << 23;

/// Whether a JSON value says that it is a session.
inline bool is_session(const Json& value) {
  return value.is_object() && value.contains("format") && value["format"] == session_format;
}

/// Throws FormatError where it is none, or of a later version, or its history cannot be replayed.
inline Session parse_session(const Json& value) {
  if (!is_session(value))
    throw FormatError("this is no session of icolorit: its \"format\" is not \"icolorit session\"");
  try {
    const Fields fields(value, "session");
    if (const auto version = fields.integer("version", 1, 1'000'000); version > session_version)
      throw FormatError(concat("the session is of version ", version, ", this icolorit reads up to ", session_version));
    const Fields picture(fields.at("picture"), "session.picture");
    Session session;
    session.picture = {picture.text("path", 4096), picture.text("checksum", 80),
                       picture.integer("width", 1, Image::max_extent), picture.integer("height", 1, Image::max_extent)};
    if (!is_picture_checksum(session.picture.checksum))
      throw FormatError("session: picture.checksum is not of the form crc32:01234567:89");
    session.history = History(session.picture.width, session.picture.height);
    const Json& steps = fields.at("history");
    if (!steps.is_array()) throw FormatError("session: history is no array");
    session.history.restore({steps.begin(), steps.end()},
                            static_cast<std::size_t>(fields.integer("position", 0, std::ssize(steps))));
    session.sequence = fields.integer("sequence", 0, std::int64_t{1} << 53);
    if (fields.has("settings")) session.settings = fields.at("settings");
    if (fields.has("clients")) session.clients = ClientNumbers::from_json(fields.at("clients"));
    return session;
  } catch (const ArgumentError& error) {
    throw FormatError(error.what());
  }
}

/// Applies the records of a journal that are newer than the session. A last line without an end was being written when
/// the program stopped, and was not acknowledged: it is left out. Returns how many bytes of the text count. Throws
/// FormatError with the number of the line.
inline std::size_t replay_journal(Session& session, std::string_view journal) {
  std::size_t at = 0;
  for (Index line = 1;; ++line) {
    const std::size_t end = journal.find('\n', at);
    if (end == std::string_view::npos) return at;
    try {
      const Json record = json::parse(journal.substr(at, end - at));
      const Fields fields(record, "record");
      if (const auto sequence = fields.integer("sequence", 1, std::int64_t{1} << 53); sequence > session.sequence) {
        apply_request(session.history, fields.at("commands"));
        session.sequence = sequence;
        session.clients.set(fields.text("client", DocumentLimits::id_length),
                            fields.integer("number", 0, std::int64_t{1} << 53));
      }
    } catch (const Error& error) {
      throw FormatError(concat("journal, line ", line, ": ", error.what()));
    }
    at = end + 1;
  }
}

}  // namespace icolorit::studio
