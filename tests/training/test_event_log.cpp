// Event files, read by a decoder that shares nothing with the writer. tests/golden/check_event_log.py shows them to
// TensorBoard itself.
#include "icolorit/training/event_log.hpp"

#include <sys/resource.h>

#include <csignal>
#include <limits>
#include <map>
#include <optional>

#include "icolorit/io/image_file.hpp"
#include "support/catch.hpp"
#include "support/pictures.hpp"

using namespace icolorit;
using namespace icolorit::test;

namespace {

/// CRC-32C bit by bit.
std::uint32_t slow_crc32c(std::string_view bytes) {
  std::uint32_t crc = 0xffffffffu;
  for (const char c : bytes)
    for (int bit = 0; bit < 8; ++bit)
      crc = (crc >> 1) ^ (((crc ^ (static_cast<unsigned char>(c) >> bit)) & 1u) != 0 ? 0x82f63b78u : 0u);
  return ~crc;
}

template <class T>
T number_at(std::string_view bytes, std::size_t offset) {
  T value;
  REQUIRE(offset + sizeof(T) <= bytes.size());
  std::memcpy(&value, bytes.data() + offset, sizeof(T));
  return value;
}

/// The data of all whole records; checks lengths and checksums.
std::vector<std::string> records_of(std::string_view file) {
  const auto masked = [](std::string_view bytes) {
    const std::uint32_t crc = slow_crc32c(bytes);
    return ((crc >> 15) | (crc << 17)) + 0xa282ead8u;
  };
  std::vector<std::string> records;
  while (file.size() >= 12) {
    const auto length = number_at<std::uint64_t>(file, 0);
    REQUIRE(number_at<std::uint32_t>(file, 8) == masked(file.substr(0, 8)));
    if (file.size() < 16 + length) break;  // torn
    REQUIRE(number_at<std::uint32_t>(file, 12 + length) == masked(file.substr(12, length)));
    records.emplace_back(file.substr(12, length));
    file.remove_prefix(16 + length);
  }
  return records;
}

/// The fields of a message by number: numbers as their eight or fewer bytes, the rest as it is.
std::map<std::uint64_t, std::string> fields_of(std::string_view message) {
  std::map<std::uint64_t, std::string> fields;
  const auto varint = [&] {
    std::uint64_t value = 0;
    for (int shift = 0;; shift += 7) {
      REQUIRE(!message.empty());
      const auto byte = static_cast<unsigned char>(message.front());
      message.remove_prefix(1);
      value |= std::uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) return value;
    }
  };
  while (!message.empty()) {
    const std::uint64_t tag = varint();
    std::string& field = fields[tag >> 3];
    if ((tag & 7) == 0) {
      const std::uint64_t value = varint();
      field.assign(reinterpret_cast<const char*>(&value), sizeof(value));
      continue;
    }
    const std::uint64_t length = (tag & 7) == 1 ? 8 : (tag & 7) == 5 ? 4 : varint();
    REQUIRE(length <= message.size());
    field = message.substr(0, length);
    message.remove_prefix(length);
  }
  return fields;
}

std::string text_in(const std::filesystem::path& path) {
  const std::vector<std::byte> bytes = read_file(path);
  return std::string(as_text(bytes));
}

}  // namespace

TEST_CASE("CRC-32C of the published check values", "[io]") {
  const auto crc = [](std::string_view text) { return crc32c(std::as_bytes(std::span(text))); };
  CHECK(crc("") == 0);
  CHECK(crc("123456789") == 0xe3069283u);
  CHECK(crc(std::string(32, '\0')) == 0x8a9136aau);  // RFC 3720, B.4
  CHECK(crc(std::string(32, '\xff')) == 0x62a8ab43u);
  std::string rising;
  for (char c = 0; c < 32; ++c) rising += c;
  CHECK(crc(rising) == 0x46dd794eu);
}

TEST_CASE("an event file holds what was logged", "[training]") {
  const TemporaryFolder folder;
  const double before = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  EventLog log(folder.path());
  CHECK(log.path().filename().string().starts_with("events.out.tfevents."));
  log.scalar("train/loss", 7, .25);
  log.scalar("negative", Index{1} << 40, -3e-5);
  log.scalar("none", 0, std::numeric_limits<double>::quiet_NaN());
  const Image picture = gradient_picture(13, 9);
  log.picture("picture", 3, picture);
  log.flush();

  const std::vector<std::string> records = records_of(text_in(log.path()));
  REQUIRE(records.size() == 5);
  CHECK(fields_of(records[0]).at(3) == "brain.Event:2");
  const auto event = [&](std::size_t i, const std::string& tag, Index step) {
    auto fields = fields_of(records[i]);
    const auto time = number_at<double>(fields.at(1), 0);
    CHECK((time >= before && time < before + 600));
    CHECK(number_at<std::int64_t>(fields.at(2), 0) == step);
    auto value = fields_of(fields_of(fields.at(5)).at(1));
    CHECK(value.at(1) == tag);
    return value;
  };
  CHECK(number_at<float>(event(1, "train/loss", 7).at(2), 0) == .25f);
  CHECK(number_at<float>(event(2, "negative", Index{1} << 40).at(2), 0) == -3e-5f);
  CHECK(std::isnan(number_at<float>(event(3, "none", 0).at(2), 0)));
  auto stored = fields_of(event(4, "picture", 3).at(4));
  CHECK(number_at<std::int64_t>(stored.at(1), 0) == 9);
  CHECK(number_at<std::int64_t>(stored.at(2), 0) == 13);
  CHECK(number_at<std::int64_t>(stored.at(3), 0) == 3);
  const Image decoded = decode_image(std::as_bytes(std::span(stored.at(4))));
  const auto samples = decoded.samples<std::uint8_t>(), expected = picture.samples<std::uint8_t>();
  REQUIRE(samples.extents() == expected.extents());
  CHECK(std::equal(samples.data(), samples.data() + samples.elements(), expected.data()));
}

TEST_CASE("a torn record costs no other, and two logs share a folder", "[training]") {
  const TemporaryFolder folder;
  EventLog first(folder.path()), second(folder.path());
  CHECK(first.path() != second.path());
  first.scalar("a", 1, 1);
  first.scalar("a", 2, 2);
  const std::string whole = text_in(first.path());
  for (std::size_t lost = 1; lost < 16; ++lost)
    CHECK(records_of(std::string_view(whole).substr(0, whole.size() - lost)).size() == 2);
  CHECK(records_of(whole).size() == 3);
}

TEST_CASE("an event file that cannot be written is an error", "[training][errors]") {
  const TemporaryFolder folder;
  CHECK_THROWS_AS(EventLog(folder.path() / "missing"), FileError);

  EventLog log(folder.path());
  rlimit old;
  REQUIRE(getrlimit(RLIMIT_FSIZE, &old) == 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit tight{100, old.rlim_max};
  REQUIRE(setrlimit(RLIMIT_FSIZE, &tight) == 0);
  std::string complaint;
  try {
    for (Index i = 0; i < 5; ++i) log.scalar("a tag of some length", i, 0);
  } catch (const FileError& error) {
    complaint = error.what();
  }
  setrlimit(RLIMIT_FSIZE, &old);
  std::signal(SIGXFSZ, handler);
  CHECK_THAT(complaint, ContainsSubstring("cannot write") && ContainsSubstring("events.out.tfevents."));
}
