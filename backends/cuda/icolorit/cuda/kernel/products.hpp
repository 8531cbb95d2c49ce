// Matrix products by cuBLASLt.
#pragma once

#include <algorithm>
#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <type_traits>

#include "icolorit/core/dtype.hpp"
#include "icolorit/cuda/kernel/error.hpp"
#include "icolorit/cuda/kernel/operand.hpp"

namespace icolorit::cuda {

template <class T>
inline constexpr cudaDataType_t data_type = std::is_same_v<T, double>  ? CUDA_R_64F
                                            : std::is_same_v<T, float> ? CUDA_R_32F
                                            : std::is_same_v<T, f16>   ? CUDA_R_16F
                                                                       : CUDA_R_16BF;

/// The library's handle and, for every form of product that came, the algorithm that it chose. The first product of a
/// form takes memory, later ones do not.
class Products {
 public:
  Products() {
    cublasLtHandle_t handle = nullptr;
    check(cublasLtCreate(&handle), "cuBLAS cannot start");
    handle_.reset(handle);
  }

  /// Throws CudaError.
  template <class T>
  void run(cudaStream_t stream, void* workspace, std::size_t workspace_bytes, const Product<T>& product) {
    const auto& [c, source, a, a_form, b, b_form, alpha, beta, bias] = product;
    const Key key{.type = data_type<T>,
                  .batch = c.extent(0),
                  // cuBLAS counts columns first: c^T (N,M) = b^T a^T.
                  .left = b_form,
                  .right = a_form,
                  .source = result_form(source),
                  .result = result_form(c),
                  .has_bias = bias != nullptr,
                  .alignment = std::min({alignment_of(a, a_form), alignment_of(b, b_form),
                                         alignment_of(source.data(), result_form(source)),
                                         alignment_of(c.data(), result_form(c))})};
    auto found = plans_.find(key);
    if (found == plans_.end()) found = plans_.emplace(key, Plan(handle_.get(), key, workspace_bytes)).first;
    const Plan& plan = found->second;
    if (bias != nullptr)
      check(cublasLtMatmulDescSetAttribute(plan.product.get(), CUBLASLT_MATMUL_DESC_BIAS_POINTER, &bias, sizeof(bias)),
            "cuBLAS: bias");
    check(cublasLtMatmul(handle_.get(), plan.product.get(), &alpha, b, plan.left.get(), a, plan.right.get(), &beta,
                         source.data(), plan.source.get(), c.data(), plan.result.get(), &plan.algorithm, workspace,
                         workspace_bytes, stream),
          "cuBLAS: matrix product");
  }

 private:
  template <class Handle, auto destroy>
  struct Destroy {
    using pointer = Handle;
    void operator()(Handle handle) const { destroy(handle); }
  };
  template <class Handle, auto destroy>
  using Owned = std::unique_ptr<Handle, Destroy<Handle, destroy>>;

  /// 16 bytes where every row of the operand begins at a multiple of them, which fast algorithms want; else one
  /// element.
  template <class T>
  static Index alignment_of(const T* data, const Operand& form) {
    constexpr Index wide = 16, size = sizeof(T);
    const bool aligned = reinterpret_cast<std::uintptr_t>(data) % wide == 0 && form.leading * size % wide == 0 &&
                         form.batch_stride * size % wide == 0;
    return aligned ? wide : size;
  }

  /// c's rows are contiguous and may lie apart.
  template <class T>
  static Operand result_form(const TensorView<T, 3>& c) {
    const Index M = c.extent(1), N = c.extent(2);
    return {
        .transposed = false, .rows = N, .columns = M, .leading = std::max(c.stride(1), N), .batch_stride = c.stride(0)};
  }

  /// All that the choice of an algorithm depends on. The operands are those of cuBLAS, in its order.
  struct Key {
    cudaDataType_t type;
    Index batch;
    Operand left, right, source, result;
    bool has_bias;
    Index alignment;

    friend auto operator<=>(const Key&, const Key&) = default;
  };
  using Layout = Owned<cublasLtMatrixLayout_t, cublasLtMatrixLayoutDestroy>;

  struct Plan {
    Plan(cublasLtHandle_t handle, const Key& key, std::size_t workspace_bytes)
        : left(layout(key.type, key.batch, key.left)),
          right(layout(key.type, key.batch, key.right)),
          source(layout(key.type, key.batch, key.source)),
          result(layout(key.type, key.batch, key.result)) {
      const bool wide = key.type == CUDA_R_64F;
      cublasLtMatmulDesc_t description = nullptr;
      check(cublasLtMatmulDescCreate(&description, wide ? CUBLAS_COMPUTE_64F : CUBLAS_COMPUTE_32F,
                                     wide ? CUDA_R_64F : CUDA_R_32F),
            "cuBLAS: description");
      product.reset(description);
      const auto set = [&](cublasLtMatmulDescAttributes_t attribute, const auto& value) {
        check(cublasLtMatmulDescSetAttribute(description, attribute, &value, sizeof(value)), "cuBLAS: attribute");
      };
      set(CUBLASLT_MATMUL_DESC_TRANSA, key.left.transposed ? CUBLAS_OP_T : CUBLAS_OP_N);
      set(CUBLASLT_MATMUL_DESC_TRANSB, key.right.transposed ? CUBLAS_OP_T : CUBLAS_OP_N);
      if (key.has_bias) {
        set(CUBLASLT_MATMUL_DESC_EPILOGUE, CUBLASLT_EPILOGUE_BIAS);
        set(CUBLASLT_MATMUL_DESC_BIAS_DATA_TYPE, key.type);
      }

      cublasLtMatmulPreference_t wishes = nullptr;
      check(cublasLtMatmulPreferenceCreate(&wishes), "cuBLAS: preference");
      const Owned<cublasLtMatmulPreference_t, cublasLtMatmulPreferenceDestroy> owned(wishes);
      const auto wish = [&](cublasLtMatmulPreferenceAttributes_t attribute, const auto& value) {
        check(cublasLtMatmulPreferenceSetAttribute(wishes, attribute, &value, sizeof(value)), "cuBLAS: preference");
      };
      wish(CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, workspace_bytes);
      for (const auto attribute :
           {CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES,
            CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES})
        wish(attribute, static_cast<std::uint32_t>(key.alignment));
      cublasLtMatmulHeuristicResult_t best{};
      int count = 0;
      check(cublasLtMatmulAlgoGetHeuristic(handle, description, left.get(), right.get(), source.get(), result.get(),
                                           wishes, 1, &best, &count),
            "cuBLAS: choice of an algorithm");
      if (count == 0) throw CudaError("cuBLAS knows no algorithm for a matrix product");
      algorithm = best.algo;
    }

    static Layout layout(cudaDataType_t type, Index batch, const Operand& form) {
      cublasLtMatrixLayout_t made = nullptr;
      check(cublasLtMatrixLayoutCreate(&made, type, static_cast<std::uint64_t>(form.rows),
                                       static_cast<std::uint64_t>(form.columns), form.leading),
            "cuBLAS: layout");
      Layout owned(made);
      const auto count = static_cast<std::int32_t>(batch);
      const auto stride = static_cast<std::int64_t>(form.batch_stride);
      check(cublasLtMatrixLayoutSetAttribute(made, CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, &count, sizeof(count)),
            "cuBLAS: layout");
      check(
          cublasLtMatrixLayoutSetAttribute(made, CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET, &stride, sizeof(stride)),
          "cuBLAS: layout");
      return owned;
    }

    Layout left, right, source, result;
    Owned<cublasLtMatmulDesc_t, cublasLtMatmulDescDestroy> product;
    cublasLtMatmulAlgo_t algorithm{};
  };

  Owned<cublasLtHandle_t, cublasLtDestroy> handle_;
  std::map<Key, Plan> plans_;
};

}  // namespace icolorit::cuda
