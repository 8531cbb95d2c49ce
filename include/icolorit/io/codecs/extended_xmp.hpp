// XMP of more than a JPEG segment: a main packet, and the rest in numbered parts that it names by their MD5 (ISO
// 16684-3, "Extended XMP in JPEG").
#pragma once

#include <lcms2.h>
#include <lcms2_plugin.h>

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "icolorit/io/byte_reader.hpp"
#include "icolorit/io/codecs/codec.hpp"
#include "icolorit/io/codecs/photoshop.hpp"
#include "icolorit/io/xmp.hpp"

namespace icolorit::codec {

inline constexpr std::string_view extended_xmp_header("http://ns.adobe.com/xmp/extension/\0", 35);
inline constexpr std::string_view extended_xmp_property = "xmpNote:HasExtendedXMP";
inline constexpr std::size_t md5_digits = 32;

/// The MD5 of a text in upper-case hexadecimal digits.
inline std::string md5_of(std::string_view text) {
  cmsHANDLE const sum = cmsMD5alloc(nullptr);
  if (sum == nullptr) throw std::bad_alloc();
  cmsMD5add(sum, reinterpret_cast<const cmsUInt8Number*>(text.data()), static_cast<cmsUInt32Number>(text.size()));
  cmsProfileID result;
  cmsMD5finish(&result, sum);
  std::string name;
  for (const cmsUInt8Number byte : result.ID8) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    name += digits[byte >> 4];
    name += digits[byte & 15];
  }
  return name;
}

/// Where the resources of a packet begin and end: the inside of rdf:RDF. Empty at npos where the packet has none.
inline std::pair<std::size_t, std::size_t> xmp_resources(std::string_view packet) {
  const std::size_t tag = packet.find("<rdf:RDF"), end = packet.rfind("</rdf:RDF>");
  const std::size_t first = tag == packet.npos ? tag : packet.find('>', tag);
  if (first == packet.npos || end == packet.npos || end <= first) return {packet.npos, packet.npos};
  return {first + 1, end};
}

/// The resources in such an inside, each a whole rdf:Description with those within it; empty where there is anything
/// else.
inline std::vector<std::string_view> xmp_descriptions(std::string_view inside) {
  constexpr std::string_view name = "rdf:Description";
  std::vector<std::string_view> found;
  std::size_t depth = 0, start = 0;
  for (std::size_t at = inside.find('<'); at != inside.npos; at = inside.find('<', at)) {
    const bool closes = inside.substr(at + 1, 1) == "/";
    const bool is_description = inside.substr(at + (closes ? 2 : 1), name.size()) == name;
    char quote = 0;
    std::size_t end = at + 1;
    for (; end < inside.size() && (quote != 0 || inside[end] != '>'); ++end)
      if (quote != 0 ? inside[end] == quote : inside[end] == '"' || inside[end] == '\'')
        quote = quote != 0 ? '\0' : inside[end];
    if (end == inside.size() || (depth == 0 && (closes || !is_description))) return {};
    if (is_description && !closes && depth++ == 0) start = at;
    if (is_description && (closes || inside[end - 1] == '/') && --depth == 0)
      found.push_back(inside.substr(start, end + 1 - start));
    at = end;
  }
  return depth == 0 ? found : std::vector<std::string_view>();
}

/// A packet as a main one of at most `most` bytes, and the descriptions that had to leave it. A packet whose form is
/// unknown stays whole.
struct SplitXmp {
  std::string main, extension, name;

  SplitXmp(std::string packet, std::size_t most) : main(std::move(packet)) {
    constexpr std::size_t reserve = 200;  // for the property that names the extension
    const auto [first, last] = xmp_resources(main);
    const std::size_t outer = main.find("<x:xmpmeta"), end = main.find("</x:xmpmeta>");
    if (main.size() <= most || first == main.npos || outer > first || end == main.npos) return;
    const std::string_view whole = main;
    std::string moved, kept;
    std::size_t size = main.size() + reserve;
    for (const std::string_view one : xmp_descriptions(whole.substr(first, last - first))) {
      const bool moves = size > most;
      if (moves) size -= one.size();
      (moves ? moved : kept) += concat('\n', one);
    }
    if (moved.empty() || size > most) return;
    const std::string_view head = whole.substr(0, first), tail = whole.substr(last);
    extension = concat(head.substr(outer), moved, "\n</rdf:RDF>\n</x:xmpmeta>");
    name = md5_of(extension);
    main = xmp::with_description(concat(head, kept, '\n', tail), " xmlns:xmpNote=\"http://ns.adobe.com/xmp/note/\"",
                                 concat('<', extended_xmp_property, '>', name, "</", extended_xmp_property, ">\n"));
  }

  /// What follows extended_xmp_header in each segment: name, size of the extension, place in it, and bytes.
  std::vector<std::vector<std::byte>> parts() const {
    constexpr std::size_t part_size = 65000;
    std::vector<std::vector<std::byte>> result;
    for (std::size_t at = 0; at < extension.size(); at += part_size) {
      std::vector<std::byte>& part = result.emplace_back();
      append(part, name.data(), name.size());
      for (const std::size_t number : {extension.size(), at})
        for (int shift = 24; shift >= 0; shift -= 8) part.push_back(static_cast<std::byte>(number >> shift & 0xff));
      append(part, extension.data() + at, std::min(part_size, extension.size() - at));
    }
    return result;
  }
};

/// The parts of an extension as they come, in any order.
class ExtendedXmp {
 public:
  void add(std::span<const std::byte> part) {
    if (part.size() > md5_digits + 8) parts_.push_back(part);
  }

  /// Puts what the extension holds into the packet that names it. Where a part is missing the packet stays as it is.
  void join(std::string& packet) {
    const std::string name = xmp::value_of(packet, extended_xmp_property);
    if (name.size() != md5_digits) return;
    std::erase_if(parts_, [&](const auto& part) { return as_text(part.first(md5_digits)) != name; });
    std::ranges::sort(parts_, {}, [](const auto& part) { return big_endian_at(part, md5_digits + 4, 4); });
    std::string extension;
    for (const auto& part : parts_) {
      if (big_endian_at(part, md5_digits + 4, 4) != extension.size()) return;
      extension += as_text(part.subspan(md5_digits + 8));
    }
    if (parts_.empty() || big_endian_at(parts_.front(), md5_digits, 4) != extension.size()) return;
    const auto [first, last] = xmp_resources(extension);
    const auto [own, own_last] = xmp_resources(packet);
    if (first == extension.npos || own == packet.npos) return;
    packet.insert(own_last, extension.substr(first, last - first));
    add_namespaces(packet, own - 1, std::string_view(extension).substr(0, first));
    forget_name(packet);
  }

 private:
  /// Declares in the tag that ends at `end` what the head of the extension declares and the packet does not.
  static void add_namespaces(std::string& packet, std::size_t end, std::string_view head) {
    for (std::size_t at = head.find(" xmlns:"); at != head.npos; at = head.find(" xmlns:", at + 1)) {
      const std::size_t equals = head.find('=', at);
      if (equals == head.npos || equals + 1 >= head.size()) return;
      const std::size_t last = head.find(head[equals + 1], equals + 2);
      if (last == head.npos) return;
      if (packet.find(head.substr(at, equals + 1 - at)) < end) continue;
      const std::string_view declaration = head.substr(at, last + 1 - at);
      packet.insert(end, declaration);
      end += declaration.size();
    }
  }

  static void forget_name(std::string& packet) {
    const auto place = xmp::find_value(packet, extended_xmp_property);
    if (!place) return;
    const std::size_t value_end = place->first + place->size;
    if (place->is_attribute) {
      packet.erase(place->name, value_end + 1 - place->name);
    } else if (const std::size_t end = packet.find('>', value_end); place->name > 0 && end != packet.npos) {
      packet.erase(place->name - 1, end + 1 - (place->name - 1));
    }
  }

  std::vector<std::span<const std::byte>> parts_;
};

}  // namespace icolorit::codec
