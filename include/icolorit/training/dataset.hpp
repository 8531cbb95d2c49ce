// What training reads pictures from: anything with a size, a loader and names.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "icolorit/image/image.hpp"
#include "icolorit/image/opened_image.hpp"
#include "icolorit/io/crc32.hpp"

namespace icolorit {

/// Pictures numbered from 0. All three functions are called from several threads at once and always give the same for
/// the same i.
///   size()   how many there are; never changes
///   load(i)  the picture, upright, of any depth and channels. An icolorit::Error means that this picture cannot be
///            used: it is reported and another takes its place. Any other exception ends the training.
///   name(i)  what reports call it; for pictures in folders the path below the root, parts separated by `/`
template <class D>
concept Dataset = requires(const D& dataset, Index i) {
  { dataset.size() } -> std::convertible_to<Index>;
  { dataset.load(i) } -> std::same_as<Image>;
  { dataset.name(i) } -> std::convertible_to<std::string>;
};

/// A number that is another one for other names or another order of pictures, as good as surely.
template <Dataset D>
std::uint32_t checksum_of_names(const D& pictures) {
  std::string names;
  for (Index i = 0; i < pictures.size(); ++i) names.append(pictures.name(i)).push_back('\n');
  return crc32(std::as_bytes(std::span(names)));
}

/// A data set that can save work on large pictures: it knows their size before it decodes them.
///   open(i)  picture i, not decoded where that can wait. An icolorit::Error of this or of decode means, as in load,
///            that picture i cannot be used
template <class D>
concept OpensPictures = Dataset<D> && requires(const D& dataset, Index i) {
  { dataset.open(i) } -> std::same_as<OpenedImage>;
};

/// A data set that knows how much each pixel counts in the loss: where a print is stained its colours are not to be
/// learned, for example.
///   loss_weights(i)  a picture of one channel in the shape of picture i, at any size: white counts 1, black nothing.
///                    An icolorit::Error means, as in load, that picture i cannot be used
template <class D>
concept WeighsPixels = Dataset<D> && requires(const D& dataset, Index i) {
  { dataset.loss_weights(i) } -> std::same_as<Image>;
};

/// Picture i, loaded at once where the data set cannot wait.
template <Dataset D>
OpenedImage open_picture(const D& dataset, Index i) {
  if constexpr (OpensPictures<D>)
    return dataset.open(i);
  else
    return opened(dataset.load(i));
}

/// How often pictures are drawn, relative to each other, by the folders in their names.
using FolderWeights = std::map<std::string, double, std::less<>>;

/// One weight for each picture: that of the deepest folder listed in which its name lies, 1 where none is. A folder is
/// named as in Dataset::name, e.g. "clothing" or "objects/birds". Throws ArgumentError for a weight that is not
/// positive and finite, and for a folder in which no picture lies.
template <Dataset D>
std::vector<double> picture_weights(const D& dataset, const FolderWeights& folders) {
  for (const auto& [folder, weight] : folders)
    if (!(weight > 0 && weight < 1e12))
      throw ArgumentError(concat("picture_weights: the weight of \"", folder, "\" is ", weight,
                                 ", expected a positive number; leave the folder out of the data to drop it"));
  FolderWeights unused = folders;
  std::vector<double> weights(static_cast<std::size_t>(dataset.size()), 1.0);
  for (Index i = 0; i < dataset.size(); ++i) {
    const std::string name = dataset.name(i);
    bool found = false;
    for (std::size_t end = name.rfind('/'); end != std::string::npos;
         end = end == 0 ? end - 1 : name.rfind('/', end - 1)) {
      const auto folder = folders.find(std::string_view(name).substr(0, end));
      if (folder == folders.end()) continue;
      if (!found) weights[static_cast<std::size_t>(i)] = folder->second;
      found = true;
      unused.erase(folder->first);
    }
  }
  if (!unused.empty())
    throw ArgumentError(concat("picture_weights: no picture lies in \"", unused.begin()->first, "\""));
  return weights;
}

}  // namespace icolorit
