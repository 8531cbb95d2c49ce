// A window with a grey photograph: click on it, choose a color, and it is colored. Right click: one step back.
//   qt_viewer PHOTO [SCREENSHOT]    with SCREENSHOT two colors are given, and the window is written there instead
#include <QApplication>
#include <QColorDialog>
#include <QLabel>
#include <QMouseEvent>
#include <iostream>

#include "icolorit/adaptors/qt.hpp"
#include "icolorit/compiled.hpp"
#include "icolorit/default_model.hpp"

using namespace icolorit;

namespace {

/// Colorizer and window share the pixels of two QImages; nothing is copied but by Qt, for the screen.
class Viewer : public QLabel {
 public:
  explicit Viewer(const QImage& photo)
      : photo_(photo.convertToFormat(QImage::Format_Grayscale8)),
        colored_(photo.size(), QImage::Format_RGB32),
        colorizer_(make_colorizer(load_model(default_model()))) {
    setFixedSize(photo_.size());  // so that places in the window are places in the photograph
    colorizer_.set_image(view_of(photo_));
    show_colors();
  }

  void give_color(const QPoint& place, const QColor& color) {
    const auto sample = [](int value) { return static_cast<std::uint8_t>(value); };
    const Rgb<std::uint8_t> rgb{sample(color.red()), sample(color.green()), sample(color.blue())};
    colorizer_.hints().add(make_hint(place.x(), place.y(), rgb));
    show_colors();
  }

 protected:
  void mousePressEvent(QMouseEvent* event) override {
    if (event->button() == Qt::RightButton) {
      colorizer_.hints().undo();
      show_colors();
    } else if (const QColor color = QColorDialog::getColor(Qt::white, this); color.isValid()) {
      give_color(event->pos(), color);
    }
  }

 private:
  void show_colors() {
    colorizer_.render_into(mutable_view_of(colored_));
    setPixmap(QPixmap::fromImage(colored_));
  }

  const QImage photo_;
  QImage colored_;
  AnyColorizer colorizer_;
};

}  // namespace

int main(int argc, char** argv) {
  const QApplication application(argc, argv);
  const QImage photo(argc > 1 ? argv[1] : "");
  if (photo.isNull()) {
    std::cerr << "usage: qt_viewer PHOTO [SCREENSHOT]\n";
    return 2;
  }
  Viewer viewer(photo);
  viewer.show();
  if (argc == 2) return QApplication::exec();
  viewer.give_color({384, 100}, QColor(192, 29, 39));
  viewer.give_color({60, 60}, QColor(107, 157, 210));
  return viewer.grab().save(argv[2]) ? 0 : 1;
}
