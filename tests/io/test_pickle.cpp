#include <cstdint>
#include <string>
#include <vector>

#include "icolorit/io/pickle.hpp"
#include "support/bytes.hpp"
#include "support/catch.hpp"
#include "support/damage.hpp"

using namespace icolorit;
using pickle::Kind;

namespace {

/// The tree of a pickle whose bytes the caller keeps; "\x80\2" in front and "." behind.
pickle::Document tree(std::string& bytes) {
  bytes = "\x80\2" + bytes + ".";
  return pickle::parse(std::as_bytes(std::span(bytes)));
}

void parse(const std::string& bytes) { pickle::parse(std::as_bytes(std::span(bytes))); }

std::int64_t integer(std::string bytes) {
  const pickle::Document document = tree(bytes);
  REQUIRE(document.root->kind == Kind::integer);
  return document.root->integer;
}

const std::string long_text = "X" + little<std::uint32_t>(3) + "abc";

}  // namespace

TEST_CASE("pickle: whole numbers of every encoding", "[pickle]") {
  CHECK(integer("K\xff") == 255);
  CHECK(integer("M\x01\x02") == 0x201);
  CHECK(integer("J" + little<std::int32_t>(-7)) == -7);
  CHECK(integer(std::string("\x8a\0", 2)) == 0);
  CHECK(integer("\x8a\1\xff") == -1);
  CHECK(integer(std::string("\x8a\2\xff\0", 4)) == 255);
  CHECK(integer("\x8a\x08" + little(std::int64_t{-1} << 63)) == std::int64_t{-1} << 63);
  CHECK(integer("\x8b" + little<std::uint32_t>(3) + std::string("\1\0\x80", 3)) == -0x7fffff);
  std::string huge = "\x8a\x09" + std::string(9, '\1');
  CHECK(tree(huge).root->kind == Kind::bytes);
}

TEST_CASE("pickle: containers, memo and marks", "[pickle]") {
  // {"abc": [True, None, 0.5], (1, 2): ()}, the key fetched from the memo once
  std::string bytes = "}q" + std::string(1, '\0') + "(" + long_text + "q\1](\x88NG\x3f\xe0" + std::string(6, '\0') +
                      "eK\1K\2\x86)h\1Nu";
  const pickle::Document document = tree(bytes);
  const pickle::Value& root = *document.root;
  REQUIRE(root.kind == Kind::dict);
  REQUIRE(root.items.size() == 6);
  CHECK(root.items[1]->items[0]->integer == 1);
  CHECK(root.items[1]->items[1]->kind == Kind::none);
  CHECK(root.items[1]->items[2]->real == 0.5);
  CHECK(root.items[2]->items[1]->integer == 2);
  REQUIRE(root.find("abc") != nullptr);
  CHECK(root.find("abc")->kind == Kind::none);  // the last of two equal keys
  CHECK(root.find("abd") == nullptr);
}

TEST_CASE("pickle: a call is described, never made", "[pickle]") {
  std::string bytes = "cos\nsystem\n" + long_text + "\x85R}" + long_text + "K\5sb";
  const pickle::Document document = tree(bytes);
  const pickle::Value& root = *document.root;
  REQUIRE(root.kind == Kind::object);
  CHECK(root.callable->is_global("os", "system"));
  CHECK(root.arguments->items[0]->text == "abc");
  CHECK(root.state->find("abc")->integer == 5);

  bytes = std::string("\x8c\2os\x94\x8c\6system\x93)}\x92");  // protocol 4: STACK_GLOBAL, NEWOBJ_EX
  CHECK(tree(bytes).root->callable->is_global("os", "system"));
}

TEST_CASE("pickle: a list inside itself is no trouble", "[pickle]") {
  std::string bytes = std::string("]q\0h\0a", 6);
  const pickle::Document document = tree(bytes);
  REQUIRE(document.root->items.size() == 1);
  CHECK(document.root->items[0] == document.root);
}

TEST_CASE("pickle: malformed programs are refused", "[pickle]") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "missing"},
      {"N.", "protocol"},
      {"\x80\1N.", "protocol 1"},
      {"\x80\6N.", "protocol 6"},
      {"\x80\2", "missing"},
      {"\x80\2N", "missing"},
      {"\x80\2.", "stack is empty"},
      {"\x80\2NN.", "left over"},
      {"\x80\2(N.", "left over"},
      {"\x80\2t.", "no mark"},
      {"\x80\2N(0.", "stack is empty"},  // a mark hides what is below
      {"\x80\2N\x86.", "stack is empty"},
      {"\x80\2}Ns.", "stack is empty"},
      {"\x80\2]}Ns.", "no dict"},
      {"\x80\2](NuN.", "without a value"},
      {"\x80\2N(NNuN.", "no dict"},
      {"\x80\2NNa.", "no list"},
      {"\x80\2NNb.", "no object"},
      {"\x80\2h\7.", "memo 7"},
      {"\x80\2q\7.", "stack is empty"},
      {"\x80\2NN\x93.", "not text"},
      {"\x80\2X" + little<std::uint32_t>(0x7fffffff) + "a.", "missing"},
      {"\x80\2\x8d" + little(~std::uint64_t{0}) + "a.", "missing"},
      {"\x80\2\x8b" + little<std::uint32_t>(0xffffffff) + "a.", "missing"},
      {"\x80\2cos\nsystem.", "missing"},
      {"\x80\2I5\n.", "unknown opcode 73"},
  };
  for (const auto& [bytes, message] : cases) {
    INFO(bytes);
    CHECK_THROWS_AS(parse(bytes), FormatError);
    CHECK_THROWS_WITH(parse(bytes), ContainsSubstring(message));
  }
}

TEST_CASE("pickle: the number of opcodes is bounded", "[pickle]") {
  CHECK_THROWS_WITH(parse("\x80\2" + std::string(std::size_t{pickle::max_opcodes} + 1, 'N')),
                    ContainsSubstring("opcodes"));
  CHECK_THROWS_WITH(parse("\x80\2" + std::string(std::size_t{pickle::max_opcodes} + 1, '(')),
                    ContainsSubstring("opcodes"));
}

TEST_CASE("pickle: damaged programs are read or refused", "[pickle][damage]") {
  const std::string bytes = "\x80\2}q\1(" + long_text + "](\x88NG\x3f\xe0" + std::string(6, '\1') +
                            "eK\1K\2\x86)R\x8a\2ab\x81Q}b\x8c\1o\x94u.";
  const int refused = survive_damage(to_bytes(bytes), [](const std::vector<std::byte>& b) { pickle::parse(b); });
  CHECK(refused > 0);
}
