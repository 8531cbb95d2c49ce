// OnnxGraph: a network as ONNX Runtime and others read it (onnx/onnx.proto, operators of opset 17), written node by
// node.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "icolorit/core/error.hpp"
#include "icolorit/core/tensor_view.hpp"
#include "icolorit/io/protobuf.hpp"
#include "icolorit/io/tensor_file.hpp"

namespace icolorit {

/// A setting of a node: a whole number, a list of them, a number, or a word.
struct OnnxAttribute {
  std::string_view name;
  std::variant<std::int64_t, std::vector<std::int64_t>, float, std::string_view> value;
};

/// An extent that is fixed, or one that differs from run to run and has a name.
using OnnxExtent = std::variant<Index, std::string_view>;

/// Collects nodes in the order in which they run. Values have names; those of nodes are made up.
class OnnxGraph {
 public:
  using Value = std::string;

  /// Floats that each run is given, and floats that it gives back.
  Value input(const std::string& name, std::span<const OnnxExtent> shape) {
    graph_.add_bytes(11, described(name, shape));
    return name;
  }
  void output(const Value& value, const std::string& name, std::span<const OnnxExtent> shape) {
    add_node("Identity", {value}, {}, name);
    graph_.add_bytes(12, described(name, shape));
  }

  /// Numbers that are the same in every run. Throws ShapeError where the count is not that of the shape.
  Value constant(std::span<const float> values, const Shape& shape) {
    return add_constant(float_type, std::as_bytes(values), values.size(), shape);
  }
  Value constant(std::span<const std::int64_t> values, const Shape& shape) {
    return add_constant(int64_type, std::as_bytes(values), values.size(), shape);
  }
  /// A list of whole numbers: a shape, say.
  Value integers(std::initializer_list<std::int64_t> values) {
    return constant(std::span(values.begin(), values.size()), Shape{static_cast<Index>(values.size())});
  }

  /// The result of an operator of ONNX. An input that is left out has the name "".
  Value node(std::string_view op, std::initializer_list<Value> inputs,
             std::initializer_list<OnnxAttribute> attributes = {}) {
    return add_node(op, inputs, attributes, fresh());
  }

  /// The file. Allocates it once more.
  std::string format(std::string_view producer_version, const Metadata& metadata) const {
    constexpr std::uint64_t ir_version = 8, opset = 17;  // opset 17 came with the eighth version of the format
    ProtobufMessage operators;
    operators.add_bytes(1, "");
    operators.add_integer(2, opset);
    ProtobufMessage model;
    model.add_integer(1, ir_version);
    model.add_bytes(2, "icolorit");
    model.add_bytes(3, producer_version);
    ProtobufMessage graph = graph_;
    graph.add_bytes(2, "icolorit");
    model.add_bytes(7, graph.bytes());
    model.add_bytes(8, operators.bytes());
    for (const auto& [key, value] : metadata) {
      ProtobufMessage entry;
      entry.add_bytes(1, key);
      entry.add_bytes(2, value);
      model.add_bytes(14, entry.bytes());
    }
    return std::string(model.bytes());
  }

 private:
  static constexpr std::uint64_t float_type = 1, int64_type = 7;  // TensorProto.DataType

  Value fresh() { return concat('v', count_++); }

  Value add_constant(std::uint64_t type, std::span<const std::byte> bytes, std::size_t count, const Shape& shape) {
    if (shape.elements() != static_cast<Index>(count))
      throw ShapeError(concat("OnnxGraph.constant: ", count, " numbers for the shape ", shape));
    const Value name = fresh();
    ProtobufMessage tensor;
    for (const Index extent : shape) tensor.add_integer(1, static_cast<std::uint64_t>(extent));
    tensor.add_integer(2, type);
    tensor.add_bytes(8, name);
    tensor.add_bytes(9, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    graph_.add_bytes(5, tensor.bytes());
    return name;
  }

  Value add_node(std::string_view op, std::initializer_list<Value> inputs,
                 std::initializer_list<OnnxAttribute> attributes, const Value& name) {
    ProtobufMessage node;
    for (const Value& input : inputs) node.add_bytes(1, input);
    node.add_bytes(2, name);
    node.add_bytes(3, name);
    node.add_bytes(4, op);
    for (const OnnxAttribute& attribute : attributes) node.add_bytes(5, described(attribute).bytes());
    graph_.add_bytes(1, node.bytes());
    return name;
  }

  static ProtobufMessage described(const OnnxAttribute& attribute) {
    ProtobufMessage message;
    message.add_bytes(1, attribute.name);
    const auto type = [&](std::uint64_t number) { message.add_integer(20, number); };  // AttributeType
    if (const auto* integer = std::get_if<std::int64_t>(&attribute.value)) {
      message.add_integer(3, static_cast<std::uint64_t>(*integer));
      type(2);
    } else if (const auto* list = std::get_if<std::vector<std::int64_t>>(&attribute.value)) {
      for (const std::int64_t value : *list) message.add_integer(8, static_cast<std::uint64_t>(value));
      type(7);
    } else if (const auto* number = std::get_if<float>(&attribute.value)) {
      message.add_float(2, *number);
      type(1);
    } else {
      message.add_bytes(4, std::get<std::string_view>(attribute.value));
      type(3);
    }
    return message;
  }

  /// ValueInfoProto of floats.
  static std::string described(const std::string& name, std::span<const OnnxExtent> extents) {
    ProtobufMessage shape, tensor, type, value;
    for (const OnnxExtent& extent : extents) {
      ProtobufMessage dimension;
      if (const auto* fixed = std::get_if<Index>(&extent))
        dimension.add_integer(1, static_cast<std::uint64_t>(*fixed));
      else
        dimension.add_bytes(2, std::get<std::string_view>(extent));
      shape.add_bytes(1, dimension.bytes());
    }
    tensor.add_integer(1, float_type);
    tensor.add_bytes(2, shape.bytes());
    type.add_bytes(1, tensor.bytes());
    value.add_bytes(1, name);
    value.add_bytes(2, type.bytes());
    return std::string(value.bytes());
  }

  ProtobufMessage graph_;
  Index count_ = 0;
};

}  // namespace icolorit
