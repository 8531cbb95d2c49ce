// The model that comes with the library, inside the program: no file to install beside it. Link
// icolorit::default_model.
//
//   Colorizer colorizer(Model<CpuBackend>::load(default_model()));
#pragma once

#include <cstddef>
#include <span>

namespace icolorit {

/// The bytes of a weight file, for Model::load, load_model or parse_weights; they live as long as the program.
/// examples/models/README.md says what the model is.
[[nodiscard]] std::span<const std::byte> default_model() noexcept;

}  // namespace icolorit
