// Modules: parts of the tool that bring libraries of their own, loaded when they are asked for.
#pragma once

#include <string>

namespace icolorit::tool {

/// The address of `entry`, with the version appended, in the module NAME.so beside the tool: a module of another
/// version is refused. Throws Misuse, whose sentence begins with `missing` where there is no such module.
void* module_entry(const std::string& name, const std::string& entry, const std::string& missing);

}  // namespace icolorit::tool
