// The types that other headers may name without including them: pointers, references and parameters need no more.
#pragma once

#include <cstddef>
#include <functional>

namespace icolorit {

class Error;
class Image;
template <class Byte>
class BasicImageView;
using ImageView = BasicImageView<const std::byte>;
using MutableImageView = BasicImageView<std::byte>;
struct Hint;
class HintList;
struct Progress;
using ProgressCallback = std::function<bool(const Progress&)>;
template <class T>
class Result;
struct ModelOptions;
struct ColorizerOptions;
class AnyColorizer;
struct TensorFile;

}  // namespace icolorit
