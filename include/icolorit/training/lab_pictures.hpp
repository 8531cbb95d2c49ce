// LabPictures: a batch of pictures as the network gets them, made in main memory.
#pragma once

#include <utility>

#include "icolorit/core/buffer.hpp"
#include "icolorit/training/augmentation.hpp"

namespace icolorit {

/// What a Loader keeps of its pictures. Several threads may put different ones at once.
class LabPictures {
 public:
  using Memory = HostMemory;
  using View = TensorView<const float, 4>;  ///< (B,3,S,S), network units

  LabPictures(Index batch, Index size) : batch_(batch), size_(size), lab_(batch * 3 * size * size) {}

  /// Picture i of the batch becomes this part of `picture`. Throws ShapeError, see resized_part.
  void put(Index i, const Image& picture, const Crop& crop) {
    crop_to_lab(lab_.view(batch_, Index{3}, size_, size_)[i], picture, crop);
  }
  /// Before the first picture of another batch.
  void clear() {}
  View view() const { return lab_.view(batch_, Index{3}, size_, size_); }

  static Index bytes(Index batch, Index size) { return batch * 3 * size * size * Index{sizeof(float)}; }

 private:
  Index batch_, size_;
  Buffer<float> lab_;
};

}  // namespace icolorit
