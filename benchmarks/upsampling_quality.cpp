// How much better the edge-aware enlargement of colour is than bicubic: the true ab of full-size photographs, reduced
// to the network's 224 x 224 and enlarged again. PSNR of ab (of a range of 220 Lab units) for each picture, and the
// means.
//   upsampling_quality FOLDER
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iomanip>
#include <iostream>
#include <vector>

#include "icolorit/image/guided_upsample.hpp"
#include "icolorit/io/image_file.hpp"

using namespace icolorit;

namespace {

double ab_psnr(TensorView<const float, 3> truth, TensorView<const float, 3> ab) {
  double squares = 0;
  for (Index i = 0; i < truth.elements(); ++i)
    squares += std::pow(static_cast<double>(truth.data()[i]) - static_cast<double>(ab.data()[i]), 2);
  return 10 * std::log10(220 * 220 * static_cast<double>(truth.elements()) / squares);
}

double psnr_after(Upsampling kind, const Image& picture, TensorView<const float, 3> lab) {
  constexpr Index network = 224;
  const Index H = picture.height(), W = picture.width();
  const TensorView<const float, 3> truth = lab.narrowed(0, 1, 2);
  Buffer<float> reduced(2 * network * network), enlarged(2 * H * W);
  resize_bilinear<float>(reduced.view(2, network, network), truth);
  Upsampler upsampler(kind, network, network, H, W);
  upsampler.set_guide(picture);
  upsampler.set_ab(reduced.view(2, network, network));
  upsampler.rows(enlarged.view(2, H, W), lab[0], 0);
  return ab_psnr(truth, enlarged.view(2, H, W));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc != 2) throw ArgumentError("usage: upsampling_quality FOLDER");
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(argv[1])) files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    std::cout << "bicubic  guided   gain  picture\n" << std::fixed << std::setprecision(2);
    double bicubic_sum = 0, guided_sum = 0;
    const auto print = [](double bicubic, double guided, const std::string& name) {
      std::cout << std::setw(7) << bicubic << std::setw(8) << guided << std::setw(7) << guided - bicubic << "  " << name
                << std::endl;
    };
    for (const auto& path : files) {
      const Image picture = read_image(path);
      Buffer<float> values(3 * picture.height() * picture.width());
      const auto lab = values.view(3, picture.height(), picture.width());
      image_to_lab(lab, picture);
      const double bicubic = psnr_after(Upsampling::bicubic, picture, lab),
                   guided = psnr_after(Upsampling::guided, picture, lab);
      bicubic_sum += bicubic;
      guided_sum += guided;
      print(bicubic, guided, path.filename().string());
    }
    const auto count = static_cast<double>(files.size());
    print(bicubic_sum / count, guided_sum / count, "mean");
    return 0;
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
