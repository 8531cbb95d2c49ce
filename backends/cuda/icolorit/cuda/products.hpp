// Matrix products by cuBLASLt: row-major operands with a unit stride in either axis, batches, bias and residual.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <type_traits>

#include "icolorit/core/backend.hpp"
#include "icolorit/cuda/kernel/error.hpp"

namespace icolorit::cuda {

template <class T>
inline constexpr cudaDataType_t data_type = std::is_same_v<T, double>  ? CUDA_R_64F
                                            : std::is_same_v<T, float> ? CUDA_R_32F
                                            : std::is_same_v<T, f16>   ? CUDA_R_16F
                                                                       : CUDA_R_16BF;

/// One operand of cuBLAS, which counts columns first: so it is the transpose of ours, or ours where its own rows are
/// the contiguous axis.
struct Operand {
  bool transposed = false;  // our columns are contiguous: cuBLAS must transpose
  Index rows = 0, columns = 0, leading = 0, batch_stride = 0;

  /// Nothing where neither axis is contiguous.
  template <class T>
  static std::optional<Operand> of(const TensorView<T, 3>& x) {
    const Index R = x.extent(1), C = x.extent(2);
    if (x.stride(2) == 1 || C == 1) return Operand{false, C, R, std::max(x.stride(1), C), x.stride(0)};
    if (x.stride(1) == 1 || R == 1) return Operand{true, R, C, std::max(x.stride(2), R), x.stride(0)};
    return std::nullopt;
  }
};

/// The library's handle and, for every form of product that came, the algorithm that it chose. The first product of a
/// form takes memory, later ones do not.
class Products {
 public:
  Products() {
    cublasLtHandle_t handle = nullptr;
    check(cublasLtCreate(&handle), "cuBLAS cannot start");
    handle_.reset(handle);
  }

  /// c = alpha a b + beta source + bias, all (G,M,N) as in ProvidesMatmul; c's rows are contiguous, source has c's
  /// shape and may be c; bias (N) or null. Throws CudaError.
  template <class T>
  void run(cudaStream_t stream, void* workspace, std::size_t workspace_bytes, const TensorView<T, 3>& c,
           const TensorView<const T, 3>& source, const T* a, const Operand& a_form, const T* b, const Operand& b_form,
           Accumulator<T> alpha, Accumulator<T> beta, const T* bias) {
    // c^T (N,M) = b^T a^T
    const Index G = c.extent(0), M = c.extent(1), N = c.extent(2), K = a_form.transposed ? a_form.columns : a_form.rows;
    const Operand c_form{false, N, M, std::max(c.stride(1), N), c.stride(0)};
    const Operand source_form{false, N, M, std::max(source.stride(1), N), source.stride(0)};
    const Index alignment = std::min({alignment_of(a, a_form), alignment_of(b, b_form),
                                      alignment_of(source.data(), source_form), alignment_of(c.data(), c_form)});
    const Key key{data_type<T>,
                  G,
                  M,
                  N,
                  K,
                  a_form.transposed,
                  a_form.leading,
                  a_form.batch_stride,
                  b_form.transposed,
                  b_form.leading,
                  b_form.batch_stride,
                  c_form.leading,
                  c_form.batch_stride,
                  source_form.leading,
                  source_form.batch_stride,
                  bias != nullptr,
                  alignment};
    auto found = plans_.find(key);
    if (found == plans_.end())
      found = plans_
                  .emplace(key, Plan(handle_.get(), data_type<T>, G, b_form, a_form, source_form, c_form,
                                     bias != nullptr, alignment, workspace_bytes))
                  .first;
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

  using Key = std::array<Index, 17>;
  using Layout = Owned<cublasLtMatrixLayout_t, cublasLtMatrixLayoutDestroy>;

  struct Plan {
    Plan(cublasLtHandle_t handle, cudaDataType_t type, Index batch, const Operand& left_form, const Operand& right_form,
         const Operand& source_form, const Operand& result_form, bool has_bias, Index alignment,
         std::size_t workspace_bytes)
        : left(layout(type, batch, left_form)),
          right(layout(type, batch, right_form)),
          source(layout(type, batch, source_form)),
          result(layout(type, batch, result_form)) {
      const bool wide = type == CUDA_R_64F;
      cublasLtMatmulDesc_t description = nullptr;
      check(cublasLtMatmulDescCreate(&description, wide ? CUBLAS_COMPUTE_64F : CUBLAS_COMPUTE_32F,
                                     wide ? CUDA_R_64F : CUDA_R_32F),
            "cuBLAS: description");
      product.reset(description);
      const auto set = [&](cublasLtMatmulDescAttributes_t attribute, const auto& value) {
        check(cublasLtMatmulDescSetAttribute(description, attribute, &value, sizeof(value)), "cuBLAS: attribute");
      };
      set(CUBLASLT_MATMUL_DESC_TRANSA, left_form.transposed ? CUBLAS_OP_T : CUBLAS_OP_N);
      set(CUBLASLT_MATMUL_DESC_TRANSB, right_form.transposed ? CUBLAS_OP_T : CUBLAS_OP_N);
      if (has_bias) {
        set(CUBLASLT_MATMUL_DESC_EPILOGUE, CUBLASLT_EPILOGUE_BIAS);
        set(CUBLASLT_MATMUL_DESC_BIAS_DATA_TYPE, type);
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
        wish(attribute, static_cast<std::uint32_t>(alignment));
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
