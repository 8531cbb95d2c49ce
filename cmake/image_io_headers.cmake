# The headers below include/icolorit that need the picture codecs, as globs: they make the target icolorit::image_io, all
# others icolorit::icolorit. cmake/check_structure.cmake fails where a header that is not among them includes one of them.
set(image_io_headers io/image_file.hpp io/image_format.hpp io/codecs/*.hpp io/result_options.hpp studio/export_picture.hpp
  training/*_dataset.hpp training/event_log.hpp
  training/training_run.hpp)
