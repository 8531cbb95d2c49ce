// Provenance: how a coloured picture came about, as an account in its XMP packet.
#pragma once

#include <cstdlib>
#include <ctime>
#include <string>
#include <string_view>
#include <utility>

#include "icolorit/core/config.hpp"
#include "icolorit/io/xmp.hpp"

namespace icolorit {

/// Now, or what reproducible builds set in its place (reproducible-builds.org, SOURCE_DATE_EPOCH), in ISO 8601, e.g.
/// 2026-11-28T12:00:00Z.
inline std::string utc_now() {
  const char* const fixed = std::getenv("SOURCE_DATE_EPOCH");
  const std::time_t now = fixed != nullptr ? static_cast<std::time_t>(std::atoll(fixed)) : std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

/// How a coloured picture came about.
struct Provenance {
  std::string software, model;
  Index hints = 0;
  std::string date = utc_now();
};

namespace xmp {

/// Adds an event to the history, which may be missing, empty, or a list that is closed where it begins.
inline void add_event(std::string& packet, std::string_view event) {
  constexpr std::string_view opening = "<xmpMM:History", closing = "</xmpMM:History>", blanks = " \n\r\t";
  const std::string list = concat("<rdf:Seq>\n", event, "</rdf:Seq>");
  const std::size_t history = packet.find(opening);
  if (history == packet.npos) {
    packet = with_description(std::move(packet), " xmlns:xmpMM=\"http://ns.adobe.com/xap/1.0/mm/\"",
                              concat(opening, '>', list, closing, '\n'));
    return;
  }
  const std::size_t inside = packet.find('>', history);
  if (inside == packet.npos) return;
  if (packet[inside - 1] == '/') {
    packet.replace(history, inside + 1 - history, concat(opening, '>', list, closing));
    return;
  }
  const std::size_t end = packet.find(closing, inside);
  const std::size_t last = packet.find("</rdf:Seq>", inside);
  if (end == packet.npos) return;
  if (last < end) {
    packet.insert(last, event);
    return;
  }
  const std::size_t empty = packet.find("<rdf:Seq", inside);
  if (empty < end) {
    const std::size_t closed = packet.find("/>", empty);
    if (closed < end && packet.find_first_not_of(blanks, empty + 8) == closed)
      packet.replace(empty, closed + 2 - empty, list);
  } else if (packet.find_first_not_of(blanks, inside + 1) == end) {
    packet.insert(end, list);
  }
}

}  // namespace xmp

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
  xmp::add_event(packet, event);
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
