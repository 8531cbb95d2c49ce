// One list of layers for everything that each of them has: a composite layer writes its members once, as a template
//
//   template <template <class> class Of>
//   struct Parts {
//     Of<LayerNorm> norm;
//     Of<Mlp> mlp;
//   };
//
// and Parts<ParamsOf<T>::template type> holds the parameters of both, Parts<SavedOf<T>::template type> what both save.
#pragma once

namespace icolorit {

template <class T>
struct ParamsOf {
  template <class L>
  using type = typename L::template Params<T>;
};

template <class B, class T>
struct PreparedOf {
  template <class L>
  using type = typename L::template Prepared<B, T>;
};

template <class B, class T>
struct ScratchOf {
  template <class L>
  using type = typename L::template Scratch<B, T>;
};

template <class T>
struct SavedOf {
  template <class L>
  using type = typename L::template Saved<T>;
};

template <class T>
struct TrainingScratchOf {
  template <class L>
  using type = typename L::template TrainingScratch<T>;
};

}  // namespace icolorit
