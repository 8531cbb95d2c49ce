// exp, erf, tanh and GELU on whole vectors of float, with stated errors; double goes through the standard library.
#pragma once

#include <cmath>
#include <numbers>

#include "icolorit/cpu/kernel/simd.hpp"

namespace icolorit::cpu {
inline namespace ICOLORIT_ISA {

/// Polynomial by Horner's rule, highest coefficient first.
template <class First, class... Rest>
ICOLORIT_ALWAYS_INLINE Vector<float> horner(Vector<float> x, First first, Rest... rest) {
  Vector<float> sum = broadcast<float>(first);
  ((sum = sum * x + rest), ...);
  return sum;
}

/// e^x, relative error below 2e-7 on [-87.3, 88.3]; clamped to that range outside. Cody and Waite's reduction to |r| <=
/// ln2/2, polynomial from Moshier's Cephes library (expf).
ICOLORIT_ALWAYS_INLINE Vector<float> exp(Vector<float> x) {
  using Int = Vector<std::int32_t>;
  const auto low = broadcast(-87.3f), high = broadcast(88.3f);
  x = x < low ? low : x;
  x = x > high ? high : x;
  // Adding 1.5 * 2^23 leaves the nearest integer in the low bits of the sum.
  const Vector<float> shifted = x * std::numbers::log2e_v<float> + 12582912.f;
  const Vector<float> n = shifted - 12582912.f;
  const Vector<float> r = (x - n * 0.693359375f) + n * 2.12194440e-4f;  // ln2 in two parts, the first exact in n * part
  const Vector<float> p = horner(r, 1.9875691500e-4f, 1.3981999507e-3f, 8.3334519073e-3f, 4.1665795894e-2f,
                                 1.6666665459e-1f, 5.0000001201e-1f) *
                              r * r +
                          r + 1.f;
  const Int exponent = (reinterpret_cast<Int>(shifted) - 0x4b400000 + 127) << 23;
  return p * reinterpret_cast<Vector<float>>(exponent);
}

/// tanh x, absolute error below 2e-7: Moshier's Cephes polynomial (tanhf) for |x| < 0.625, 1 - 2/(e^2x + 1) beyond.
ICOLORIT_ALWAYS_INLINE Vector<float> tanh(Vector<float> x) {
  const Vector<float> s = x * x, zero{};
  const Vector<float> near =
      horner(s, -5.70498872745e-3f, 2.06390887954e-2f, -5.37397155531e-2f, 1.33314422036e-1f, -3.33332819422e-1f) * s *
          x +
      x;
  const Vector<float> magnitude = x < zero ? -x : x;
  const Vector<float> tail = 1.f - 2.f / (exp(2.f * magnitude) + 1.f);
  const Vector<float> far = x < zero ? -tail : tail;
  return magnitude < broadcast(0.625f) ? near : far;
}

/// erf x, absolute error below 4e-7: x P(x^2) / Q(x^2) for |x| < 3.9, where 1 - erf falls below 4e-8, and 1 beyond. The
/// coefficients minimise the largest error (1.5e-8 but for roundings; least squares with Lawson's weights). One
/// division takes half the time of the usual two polynomials and an exponential.
ICOLORIT_ALWAYS_INLINE Vector<float> erf(Vector<float> x) {
  const Vector<float> zero{}, s = x * x, magnitude = x < zero ? -x : x;
  const Vector<float> p =
      horner(s, 2.05038872e-6f, 2.87457628e-4f, 3.83688321e-3f, 5.29669398e-2f, 1.91941142e-1f, 1.12837903f);
  const Vector<float> q =
      horner(s, 3.82307772e-5f, 1.18173659e-3f, 1.51092179e-2f, 1.14758260e-1f, 5.03435186e-1f, 1.f);
  const Vector<float> sign = x < zero ? broadcast(-1.f) : broadcast(1.f);
  return magnitude >= broadcast(3.9f) ? sign : x * p / q;
}

/// The exact GELU, x/2 (1 + erf(x / sqrt 2)).
ICOLORIT_ALWAYS_INLINE Vector<float> gelu(Vector<float> x) {
  return 0.5f * x * (1.f + erf(x * (1 / std::numbers::sqrt2_v<float>)));
}

/// The GELU's derivative, Phi(x) + x phi(x) with the normal distribution function and density.
ICOLORIT_ALWAYS_INLINE Vector<float> gelu_slope(Vector<float> x) {
  constexpr float root_half = 1 / std::numbers::sqrt2_v<float>;
  return 0.5f * (1.f + erf(x * root_half)) + x * exp(-0.5f * x * x) * (std::numbers::inv_sqrtpi_v<float> * root_half);
}

/// Element by element through the standard library.
template <class F>
ICOLORIT_ALWAYS_INLINE Vector<double> each(Vector<double> x, F f) {
  for (Index i = 0; i < lanes<double>; ++i) x[i] = f(x[i]);
  return x;
}
ICOLORIT_ALWAYS_INLINE Vector<double> exp(Vector<double> x) {
  return each(x, [](double v) { return std::exp(v); });
}
ICOLORIT_ALWAYS_INLINE Vector<double> tanh(Vector<double> x) {
  return each(x, [](double v) { return std::tanh(v); });
}
ICOLORIT_ALWAYS_INLINE Vector<double> gelu(Vector<double> x) {
  return each(x, [](double v) { return v / 2 * (1 + std::erf(v / std::numbers::sqrt2)); });
}

ICOLORIT_ALWAYS_INLINE Vector<double> gelu_slope(Vector<double> x) {
  constexpr double root_half = 1 / std::numbers::sqrt2;
  return each(x, [](double v) {
    return 0.5 * (1 + std::erf(v * root_half)) + v * std::exp(-0.5 * v * v) * (std::numbers::inv_sqrtpi * root_half);
  });
}

/// The sum of f over x[0..count), f on vectors and on single elements; the order depends on nothing but count.
template <class T, class F>
ICOLORIT_ALWAYS_INLINE T sum(const T* x, Index count, F f) {
  Vector<T> partial{};
  Index i = 0;
  for (; i + lanes<T> <= count; i += lanes<T>) partial += f(load(x + i));
  T total = sum_of<T>(partial);
  for (; i < count; ++i) total += f(x[i]);
  return total;
}

/// y[0..count) = f(x[0..count)) with f on vectors; y may be x.
template <class T, class F>
ICOLORIT_ALWAYS_INLINE void transform(T* y, const T* x, Index count, F f) {
  Index i = 0;
  for (; i + lanes<T> <= count; i += lanes<T>) store(y + i, f(load(x + i)));
  if (i < count) store_some(y + i, f(load_some(x + i, count - i)), count - i);
}

/// The same of two arguments: y = f(a, b); y may be either.
template <class T, class F>
ICOLORIT_ALWAYS_INLINE void transform(T* y, const T* a, const T* b, Index count, F f) {
  Index i = 0;
  for (; i + lanes<T> <= count; i += lanes<T>) store(y + i, f(load(a + i), load(b + i)));
  if (i < count) store_some(y + i, f(load_some(a + i, count - i), load_some(b + i, count - i)), count - i);
}

/// The sum of a[i] b[i].
template <class T>
ICOLORIT_ALWAYS_INLINE T dot(const T* a, const T* b, Index count) {
  Vector<T> partial{};
  Index i = 0;
  for (; i + lanes<T> <= count; i += lanes<T>) partial += load(a + i) * load(b + i);
  T total = sum_of<T>(partial);
  for (; i < count; ++i) total += a[i] * b[i];
  return total;
}

}  // namespace ICOLORIT_ISA
}  // namespace icolorit::cpu
