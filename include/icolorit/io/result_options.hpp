// Result options: how a coloured picture is written so that it keeps what the file of its original says.
#pragma once

#include <utility>

#include "icolorit/core/config.hpp"
#include "icolorit/io/codecs/codec.hpp"
#include "icolorit/io/provenance.hpp"

namespace icolorit {

/// What goes from the file of an original into that of the coloured picture.
struct KeptFacts {
  bool metadata = true;    ///< dates, places, texts, resolution, and then also a profile of what is written
  bool provenance = true;  ///< an account of the colouring; none where metadata are left out
  bool profile = false;    ///< write in the profile of the original instead of sRGB, where that is one of RGB
};

/// `options` for a picture that was coloured from an original with these metadata, by a model (its name) and so many
/// hints.
inline WriteOptions result_options(PictureMetadata metadata, const std::string& model, Index hints,
                                   const KeptFacts& kept = {}, WriteOptions options = {}) {
  options.keep_profile = kept.profile;
  options.embed_profile = kept.metadata;
  if (kept.metadata)
    options.metadata = std::move(metadata);
  else if (kept.profile)
    options.metadata.profile = std::move(metadata.profile);
  if (kept.metadata && kept.provenance)
    options.metadata.xmp =
        with_provenance(std::move(options.metadata.xmp),
                        {.software = concat("icolorit ", ICOLORIT_VERSION), .model = model, .hints = hints});
  return options;
}

}  // namespace icolorit
