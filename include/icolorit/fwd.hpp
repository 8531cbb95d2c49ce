// The types that other headers may name without including them: pointers, references and parameters need no more.
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>

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
enum class LogLevel : int;
using LogCallback = std::function<void(LogLevel, std::string_view)>;
using ProgressCallback = std::function<bool(const Progress&)>;
template <class T>
class Result;
struct ModelOptions;
struct ColorizerOptions;
class AnyColorizer;
struct TensorFile;

}  // namespace icolorit
