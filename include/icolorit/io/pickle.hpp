// A pickle (Python's pickletools.py, protocols 2 to 5) as a tree of plain values. Nothing is imported, called or built:
// what a pickle wants to call is kept as an opaque object with its arguments.
#pragma once

#include <bit>
#include <cstdint>
#include <deque>
#include <span>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "icolorit/io/byte_reader.hpp"

namespace icolorit::pickle {

enum class Kind : std::uint8_t {
  none,
  boolean,
  integer,
  real,
  text,
  bytes,
  tuple,
  list,
  dict,
  set,
  global,
  object,
  persistent
};

/// One value. It refers to its parts and to the bytes of the pickle; a hostile pickle can make it part of itself, so
/// readers descend to a known depth and never recurse.
struct Value {
  Kind kind = Kind::none;
  std::int64_t integer = 0;          // boolean (0 or 1), integer
  double real = 0;                   // real
  std::string_view module;           // global
  std::string_view text;             // text, bytes, name of a global
  const Value* callable = nullptr;   // object: what would have been called to make it
  const Value* arguments = nullptr;  // object: with these; persistent: the identification
  const Value* state = nullptr;      // object: what it would have been given afterwards; null where nothing
  std::vector<const Value*> items;   // tuple, list, set: elements; dict, object: key, value, key, value, ...

  bool is_global(std::string_view module_name, std::string_view name) const {
    return kind == Kind::global && module == module_name && text == name;
  }
  /// The value of a text key, null where there is none. Of equal keys the last one counts, as in Python.
  const Value* find(std::string_view key) const {
    if (kind != Kind::dict && kind != Kind::object) return nullptr;
    for (std::size_t i = items.size(); i >= 2; i -= 2)
      if (items[i - 2]->kind == Kind::text && items[i - 2]->text == key) return items[i - 1];
    return nullptr;
  }
};

/// The values of one pickle; `root` is what unpickling would return.
struct Document {
  std::deque<Value> values;  // a deque, because values refer to each other
  const Value* root = nullptr;
  std::uint64_t size = 0;  // bytes of the pickle itself
};

/// The most opcodes of one pickle, and so the most values. A tensor takes about thirty: the full training checkpoint of
/// a network with five thousand tensors stays below, and what a hostile pickle can make us allocate stays below 100 MB.
inline constexpr Index max_opcodes = Index{1} << 19;

/// The stack machine; use pickle::parse. Opcode names in the comments are those of pickletools.
class Machine {
 public:
  explicit Machine(std::span<const std::byte> bytes) : in_(bytes, "pickle") {}

  Document run() {
    if (in_.read<std::uint8_t>() != 0x80) fail("it does not start with a protocol");
    const int protocol = in_.read<std::uint8_t>();
    if (protocol < 2 || protocol > 5) fail(concat("protocol ", protocol, ", expected 2 to 5"));
    auto opcode = in_.read<std::uint8_t>();
    for (Index count = 0; opcode != '.'; opcode = in_.read<std::uint8_t>()) {  // STOP
      if (++count > max_opcodes) fail(concat("more than ", max_opcodes, " opcodes"));
      step(opcode);
    }
    document_.root = pop();
    document_.size = in_.position();
    if (!stack_.empty() || !marks_.empty()) fail("values are left over at the end");
    return std::move(document_);
  }

 private:
  using Items = std::vector<const Value*>;

  void step(std::uint8_t opcode) {
    switch (opcode) {
      case 'N': push(Kind::none); return;                                        // NONE
      case 0x88: push_integer(Kind::boolean, 1); return;                         // NEWTRUE
      case 0x89: push_integer(Kind::boolean, 0); return;                         // NEWFALSE
      case 'K': push_integer(Kind::integer, in_.read<std::uint8_t>()); return;   // BININT1
      case 'M': push_integer(Kind::integer, in_.read<std::uint16_t>()); return;  // BININT2
      case 'J': push_integer(Kind::integer, in_.read<std::int32_t>()); return;   // BININT
      case 0x8a: push_long(in_.read<std::uint8_t>()); return;                    // LONG1
      case 0x8b: push_long(in_.read<std::uint32_t>()); return;                   // LONG4
      case 'G': push_real(); return;                                             // BINFLOAT
      case 'X': push_text(Kind::text, in_.read<std::uint32_t>()); return;        // BINUNICODE
      case 0x8c: push_text(Kind::text, in_.read<std::uint8_t>()); return;        // SHORT_BINUNICODE
      case 0x8d: push_text(Kind::text, in_.read<std::uint64_t>()); return;       // BINUNICODE8
      case 'U': push_text(Kind::bytes, in_.read<std::uint8_t>()); return;        // SHORT_BINSTRING
      case 'T': push_text(Kind::bytes, in_.read<std::uint32_t>()); return;       // BINSTRING
      case 'C': push_text(Kind::bytes, in_.read<std::uint8_t>()); return;        // SHORT_BINBYTES
      case 'B': push_text(Kind::bytes, in_.read<std::uint32_t>()); return;       // BINBYTES
      case 0x8e:                                                                 // BINBYTES8
      case 0x96: push_text(Kind::bytes, in_.read<std::uint64_t>()); return;      // BYTEARRAY8

      case '(': marks_.push_back(stack_.size()); return;               // MARK
      case '0': pop(); return;                                         // POP
      case '1': pop_to_mark(); return;                                 // POP_MARK
      case ')': push(Kind::tuple); return;                             // EMPTY_TUPLE
      case 0x85: push_items(Kind::tuple, pop_items(1)); return;        // TUPLE1
      case 0x86: push_items(Kind::tuple, pop_items(2)); return;        // TUPLE2
      case 0x87: push_items(Kind::tuple, pop_items(3)); return;        // TUPLE3
      case 't': push_items(Kind::tuple, pop_to_mark()); return;        // TUPLE
      case ']': push(Kind::list); return;                              // EMPTY_LIST
      case 'l': push_items(Kind::list, pop_to_mark()); return;         // LIST
      case '}': push(Kind::dict); return;                              // EMPTY_DICT
      case 'd': push_items(Kind::dict, pairs(pop_to_mark())); return;  // DICT
      case 0x8f: push(Kind::set); return;                              // EMPTY_SET
      case 0x91: push_items(Kind::set, pop_to_mark()); return;         // FROZENSET
      case 'a': append(pop_items(1)); return;                          // APPEND
      case 'e':                                                        // APPENDS
      case 0x90: append(pop_to_mark()); return;                        // ADDITEMS
      case 's': insert(pop_items(2)); return;                          // SETITEM
      case 'u': insert(pairs(pop_to_mark())); return;                  // SETITEMS

      case 'c': push_global(); return;               // GLOBAL
      case 0x93: push_stack_global(); return;        // STACK_GLOBAL
      case 'R':                                      // REDUCE
      case 0x81: push_object(pop_items(2)); return;  // NEWOBJ
      case 0x92: push_object(pop_items(3)); return;  // NEWOBJ_EX
      case 'b': build(pop()); return;                // BUILD
      case 'Q': push_persistent(pop()); return;      // BINPERSID

      case 'q': memo_[in_.read<std::uint8_t>()] = top(); return;                   // BINPUT
      case 'r': memo_[in_.read<std::uint32_t>()] = top(); return;                  // LONG_BINPUT
      case 0x94: memo_[static_cast<std::uint32_t>(memo_.size())] = top(); return;  // MEMOIZE
      case 'h': push_memo(in_.read<std::uint8_t>()); return;                       // BINGET
      case 'j': push_memo(in_.read<std::uint32_t>()); return;                      // LONG_BINGET
      case 0x95: in_.read<std::uint64_t>(); return;                                // FRAME: a hint for readers
      default: fail(concat("unknown opcode ", int{opcode}));
    }
  }

  Value& push(Kind kind) {
    Value& value = document_.values.emplace_back();
    value.kind = kind;
    stack_.push_back(&value);
    return value;
  }
  void push_integer(Kind kind, std::int64_t integer) { push(kind).integer = integer; }

  /// Little-endian two's complement of any length; beyond 64 bits nobody needs it, and it stays bytes.
  void push_long(std::uint64_t count) {
    if (count > sizeof(std::uint64_t)) return push_text(Kind::bytes, count);
    const auto digits = in_.take(count);
    std::uint64_t bits = count > 0 && (digits.back() & std::byte{0x80}) != std::byte{} ? ~std::uint64_t{0} : 0;
    for (std::size_t i = digits.size(); i-- > 0;) bits = bits << 8 | std::to_integer<std::uint64_t>(digits[i]);
    push_integer(Kind::integer, static_cast<std::int64_t>(bits));
  }

  /// Big-endian, unlike everything else.
  void push_real() {
    std::uint64_t bits = 0;
    for (const std::byte byte : in_.take(8)) bits = bits << 8 | std::to_integer<std::uint64_t>(byte);
    push(Kind::real).real = std::bit_cast<double>(bits);
  }

  void push_text(Kind kind, std::uint64_t size) {
    const std::string_view text = as_text(in_.take(size));
    push(kind).text = text;
  }

  void push_items(Kind kind, Items items) { push(kind).items = std::move(items); }

  /// "module\nname\n"
  void push_global() {
    const std::string_view module = read_line(), name = read_line();
    Value& value = push(Kind::global);
    value.module = module;
    value.text = name;
  }
  void push_stack_global() {
    const Items parts = pop_items(2);
    if (parts[0]->kind != Kind::text || parts[1]->kind != Kind::text) fail("a global whose names are not text");
    Value& value = push(Kind::global);
    value.module = parts[0]->text;
    value.text = parts[1]->text;
  }

  /// parts: callable, arguments, and perhaps named arguments, which are left out.
  void push_object(const Items& parts) {
    Value& value = push(Kind::object);
    value.callable = parts[0];
    value.arguments = parts[1];
  }
  void build(const Value* state) {
    if (top()->kind != Kind::object) fail("a state for something that is no object");
    top()->state = state;
  }
  void push_persistent(const Value* identification) { push(Kind::persistent).arguments = identification; }

  /// Elements of an opaque object are not kept, so that its items are always pairs.
  void append(const Items& elements) {
    Value& target = *top();
    if (target.kind == Kind::list || target.kind == Kind::set)
      target.items.insert(target.items.end(), elements.begin(), elements.end());
    else if (target.kind != Kind::object)
      fail("elements for something that is no list");
  }
  void insert(const Items& members) {
    Value& target = *top();
    if (target.kind != Kind::dict && target.kind != Kind::object) fail("members for something that is no dict");
    target.items.insert(target.items.end(), members.begin(), members.end());
  }
  static Items pairs(Items items) {
    if (items.size() % 2 != 0) fail("a key without a value");
    return items;
  }

  void push_memo(std::uint32_t index) {
    const auto found = memo_.find(index);
    if (found == memo_.end()) fail(concat("memo ", index, " was never set"));
    stack_.push_back(found->second);
  }

  /// Values below the last mark are out of reach, as in Python's own machine.
  std::size_t reachable() const { return stack_.size() - (marks_.empty() ? 0 : marks_.back()); }
  void expect_reachable(std::size_t count) const {
    if (reachable() < count) fail("the stack is empty");
  }
  Value* top() const {
    expect_reachable(1);
    return stack_.back();
  }
  Value* pop() {
    Value* value = top();
    stack_.pop_back();
    return value;
  }
  Items pop_items(std::size_t count) {
    expect_reachable(count);
    const auto first = stack_.end() - static_cast<Index>(count);
    Items items(first, stack_.end());
    stack_.erase(first, stack_.end());
    return items;
  }
  Items pop_to_mark() {
    if (marks_.empty()) fail("there is no mark");
    Items items = pop_items(reachable());
    marks_.pop_back();
    return items;
  }

  std::string_view read_line() {
    const auto start = in_.position();
    std::uint64_t size = 0;
    while (in_.read<char>() != '\n') ++size;
    in_.seek(start);
    const std::string_view line = as_text(in_.take(size));
    in_.take(1);
    return line;
  }

  [[noreturn]] static void fail(std::string_view complaint) { throw FormatError(concat("pickle: ", complaint)); }

  ByteReader in_;
  Document document_;
  std::vector<Value*> stack_;
  std::vector<std::size_t> marks_;
  std::unordered_map<std::uint32_t, Value*> memo_;
};

/// The tree of a pickle of protocol 2 to 5; bytes after its end are ignored. The values refer to `bytes`, which must
/// outlive them. Throws FormatError for what is malformed, for opcodes that torch.save never writes, and beyond
/// max_opcodes.
inline Document parse(std::span<const std::byte> bytes) { return Machine(bytes).run(); }

}  // namespace icolorit::pickle
