// Manual: the tool's manual page, made from the application itself.
#pragma once

#include <string>

#include <CLI/App.hpp>

namespace icolorit::tool {

/// In the language of man(7).
std::string manual_page(const CLI::App& app);

}  // namespace icolorit::tool
