// XMP packets: what the library adds to them and must change in them, by inserting text (ISO 16684-1). A packet that is
// not of the usual form is left as it is.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "icolorit/core/error.hpp"
#include "icolorit/image/picture_metadata.hpp"

namespace icolorit {

/// How a coloured picture came about.
struct Provenance {
  std::string software, model;
  Index hints = 0;
  std::string date;  ///< ISO 8601, e.g. 2026-11-28T12:00:00Z
};

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

/// Replaces the value of a simple property, an element's or an attribute's. Returns false where the packet has none.
inline bool replace_value(std::string& packet, std::string_view name, std::string_view value) {
  for (std::size_t at = packet.find(name); at != packet.npos; at = packet.find(name, at)) {
    at += name.size();
    std::size_t first = packet.find_first_not_of(" \n\r\t", at);
    if (first == packet.npos) return false;
    const std::size_t bracket = packet.find('>', first);
    if (const std::size_t resource = packet.find("rdf:resource", first); packet[first] != '=' && resource < bracket)
      first = packet.find('=', resource);
    if (first == packet.npos) return false;
    char end = '<';
    if (packet[first] == '=') {
      first = packet.find_first_of("\"'", first);
      if (first == packet.npos) return false;
      end = packet[first];
    } else if (packet[first] != '>') {
      continue;  // a longer name
    }
    const std::size_t last = packet.find(end, first + 1);
    if (last == packet.npos) return false;
    packet.replace(first + 1, last - first - 1, value);
    return true;
  }
  return false;
}

}  // namespace xmp

/// The packet for a picture that was turned upright.
inline std::string upright_xmp(std::string packet) {
  xmp::replace_value(packet, "tiff:Orientation", "1");
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

/// The packet with an account of the colouring: an entry in the history (xmpMM), the kind of source that IPTC calls
/// "algorithmically altered media", model and number of hints. That of an earlier colouring is replaced but for its
/// entry in the history.
inline std::string with_provenance(std::string packet, const Provenance& provenance) {
  constexpr std::string_view own = "<rdf:Description rdf:about=\"\" xmlns:icolorit=", end = "</rdf:Description>\n";
  constexpr std::string_view source = "http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicallyEnhanced";
  if (const std::size_t old = packet.find(own); old != packet.npos)
    if (const std::size_t last = packet.find(end, old); last != packet.npos) packet.erase(old, last + end.size() - old);

  const std::string software = xmp::escaped(provenance.software), model = xmp::escaped(provenance.model);
  const std::string event = concat(
      "<rdf:li rdf:parseType=\"Resource\" xmlns:stEvt=\"http://ns.adobe.com/xap/1.0/sType/ResourceEvent#\">"
      "<stEvt:action>edited</stEvt:action><stEvt:softwareAgent>",
      software, "</stEvt:softwareAgent><stEvt:when>", xmp::escaped(provenance.date),
      "</stEvt:when><stEvt:parameters>coloured by ", model, " from ", provenance.hints,
      provenance.hints == 1 ? " colour hint" : " colour hints", "</stEvt:parameters></rdf:li>\n");
  const std::size_t history = packet.find("<xmpMM:History");
  const std::size_t list = history == packet.npos ? packet.npos : packet.find("</rdf:Seq>", history);
  if (list != packet.npos)
    packet.insert(list, event);
  else
    packet = xmp::with_description(std::move(packet), " xmlns:xmpMM=\"http://ns.adobe.com/xap/1.0/mm/\"",
                                   concat("<xmpMM:History><rdf:Seq>\n", event, "</rdf:Seq></xmpMM:History>\n"));
  if (!xmp::replace_value(packet, "Iptc4xmpExt:DigitalSourceType", source))
    packet =
        xmp::with_description(std::move(packet), " xmlns:Iptc4xmpExt=\"http://iptc.org/std/Iptc4xmpExt/2008-02-29/\"",
                              concat("<Iptc4xmpExt:DigitalSourceType>", source, "</Iptc4xmpExt:DigitalSourceType>\n"));
  return xmp::with_description(std::move(packet), " xmlns:icolorit=\"urn:icolorit:xmp:1#\"",
                               concat("<icolorit:software>", software, "</icolorit:software>\n<icolorit:date>",
                                      xmp::escaped(provenance.date), "</icolorit:date>\n<icolorit:model>", model,
                                      "</icolorit:model>\n<icolorit:hints>", provenance.hints, "</icolorit:hints>\n"));
}

}  // namespace icolorit
