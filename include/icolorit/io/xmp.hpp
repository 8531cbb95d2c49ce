// XMP packets: what the library adds to them and must change in them, by inserting text (ISO 16684-1). A packet that is
// not of the usual form is left as it is.
#pragma once

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "icolorit/core/error.hpp"
#include "icolorit/image/picture_metadata.hpp"

namespace icolorit {

namespace xmp {

inline std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '&': result += "&amp;"; break;
      case '<': result += "&lt;"; break;
      case '>': result += "&gt;"; break;
      case '"': result += "&quot;"; break;
      default:
        if (static_cast<unsigned char>(c) >= ' ' || c == '\n' || c == '\t') result += c;
    }
  }
  return result;
}

/// The packet with these elements of one resource added; a new packet where there was none.
inline std::string with_description(std::string packet, std::string_view namespaces, std::string_view elements) {
  if (packet.empty())
    packet =
        "<?xpacket begin=\"\xef\xbb\xbf\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\n"
        "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n</rdf:RDF>\n</x:xmpmeta>\n"
        "<?xpacket end=\"w\"?>";
  const std::size_t end = packet.rfind("</rdf:RDF>");
  if (end == packet.npos) return packet;
  return packet.insert(end,
                       concat("<rdf:Description rdf:about=\"\"", namespaces, ">\n", elements, "</rdf:Description>\n"));
}

/// Where the value of a simple property stands.
struct Place {
  std::size_t name, first, size;
  bool is_attribute;
};

/// The value of a simple property, an element's or an attribute's; nothing where the packet has none.
inline std::optional<Place> find_value(std::string_view packet, std::string_view name) {
  for (std::size_t at = packet.find(name); at != packet.npos; at = packet.find(name, at)) {
    const std::size_t named = at;
    at += name.size();
    std::size_t first = packet.find_first_not_of(" \n\r\t", at);
    if (first == packet.npos) return {};
    const std::size_t bracket = packet.find('>', first);
    const bool is_attribute = packet[first] == '=';
    if (const std::size_t resource = packet.find("rdf:resource", first); packet[first] != '=' && resource < bracket)
      first = packet.find('=', resource);
    if (first == packet.npos) return {};
    char end = '<';
    if (packet[first] == '=') {
      first = packet.find_first_of("\"'", first);
      if (first == packet.npos) return {};
      end = packet[first];
    } else if (packet[first] != '>') {
      continue;  // a longer name
    }
    const std::size_t last = packet.find(end, first + 1);
    if (last == packet.npos) return {};
    return Place{named, first + 1, last - first - 1, is_attribute};
  }
  return {};
}

inline std::string value_of(std::string_view packet, std::string_view name) {
  const auto place = find_value(packet, name);
  return std::string(place ? packet.substr(place->first, place->size) : "");
}

/// Returns false where the packet has no such property.
inline bool replace_value(std::string& packet, std::string_view name, std::string_view value) {
  const auto place = find_value(packet, name);
  if (place) packet.replace(place->first, place->size, value);
  return place.has_value();
}

}  // namespace xmp

/// The packet of a picture that was turned upright and is of this size: what it says of orientation, size and
/// resolution is made true of the written picture.
inline std::string upright_xmp(const PictureMetadata& metadata, Index width, Index height) {
  std::string packet = metadata.xmp;
  if (metadata.resolution) {
    const auto ratio = [](double value) {
      const double whole = std::round(value);
      return std::abs(value - whole) < .01 ? concat(std::llround(whole), "/1")
                                           : concat(std::llround(value * 10000), "/10000");
    };
    xmp::replace_value(packet, "tiff:XResolution", ratio(metadata.resolution->x));
    xmp::replace_value(packet, "tiff:YResolution", ratio(metadata.resolution->y));
    xmp::replace_value(packet, "tiff:ResolutionUnit", "2");  // inches
  }
  xmp::replace_value(packet, "tiff:Orientation", "1");
  for (const char* const name : {"tiff:ImageWidth", "exif:PixelXDimension"})
    xmp::replace_value(packet, name, concat(width));
  for (const char* const name : {"tiff:ImageLength", "exif:PixelYDimension"})
    xmp::replace_value(packet, name, concat(height));
  return packet;
}

/// The packet with texts that a file format has no place for: titles, authors, descriptions and rights by their own
/// properties (Dublin Core) where these are free, all others as a comment of the user.
inline std::string with_texts(std::string packet, std::span<const TextEntry> texts) {
  constexpr std::pair<std::string_view, std::string_view> names[] = {
      {"Title", "dc:title"}, {"Author", "dc:creator"}, {"Description", "dc:description"}, {"Copyright", "dc:rights"}};
  std::string elements, rest;
  for (const TextEntry& entry : texts) {
    const auto known = std::ranges::find(names, std::string_view(entry.keyword),
                                         &std::pair<std::string_view, std::string_view>::first);
    if (known != std::end(names) && packet.find(known->second) == packet.npos &&
        elements.find(known->second) == elements.npos) {
      const bool is_list = known->second == "dc:creator";
      elements += concat(
          "<", known->second, is_list ? "><rdf:Seq><rdf:li>" : "><rdf:Alt><rdf:li xml:lang=\"x-default\">",
          xmp::escaped(entry.text), is_list ? "</rdf:li></rdf:Seq></" : "</rdf:li></rdf:Alt></", known->second, ">\n");
    } else {
      rest += concat(rest.empty() ? "" : "\n", entry.keyword == "Comment" ? "" : entry.keyword + ": ", entry.text);
    }
  }
  if (!rest.empty() && packet.find("exif:UserComment") == packet.npos)
    elements += concat("<exif:UserComment><rdf:Alt><rdf:li xml:lang=\"x-default\">", xmp::escaped(rest),
                       "</rdf:li></rdf:Alt></exif:UserComment>\n");
  if (elements.empty()) return packet;
  return xmp::with_description(
      std::move(packet), " xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:exif=\"http://ns.adobe.com/exif/1.0/\"",
      elements);
}

}  // namespace icolorit
