// Checkpoints written by torch.save. Since PyTorch 1.6: a zip archive of one pickle, `<name>/data.pkl`, and the raw
// storages, `<name>/data/<key>`. Before, and so most public networks: pickles one after the other, then the storages.
// The layouts are those of torch/serialization.py; nothing in the file is executed.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "icolorit/io/parse_file.hpp"
#include "icolorit/io/pickle.hpp"
#include "icolorit/io/tensor_file.hpp"
#include "icolorit/io/torch_tensors.hpp"
#include "icolorit/io/zip_archive.hpp"

namespace icolorit {

namespace torch_checkpoint {

/// The pickle of torch/serialization.py's MAGIC_NUMBER, with which files of PyTorch before 1.6 start.
inline constexpr std::string_view legacy_magic = "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";

/// Says what a file that is neither kind is, where it is a format that PyTorch once wrote.
[[noreturn]] inline void refuse_other_format(std::span<const std::byte> bytes) {
  constexpr std::size_t tar_magic = 257;  // POSIX.1-1988 ustar
  const std::string_view text = as_text(bytes);
  if (text.size() > tar_magic && text.substr(tar_magic).starts_with("ustar"))
    fail(
        "written in the first format of PyTorch, a tar archive; convert it in Python: "
        "torch.save(torch.load(old, map_location='cpu'), new)");
  fail("not a file of torch.save: it does not start as a zip archive (nor is it a safetensors file)");
}

/// The part of every name before `data.pkl`, ending in '/'.
inline std::string find_prefix(const ZipArchive& archive) {
  std::vector<std::string> prefixes;
  for (const std::string_view name : archive.names())
    if (const auto slash = name.find('/'); slash != name.npos && name.substr(slash) == "/data.pkl")
      prefixes.emplace_back(name.substr(0, slash + 1));
  if (prefixes.size() != 1) fail(concat("the archive has ", prefixes.size(), " entries NAME/data.pkl, expected one"));
  if (archive.contains(prefixes[0] + "constants.pkl"))
    fail("a TorchScript program, not a checkpoint; save the state_dict() of the loaded module");
  return prefixes[0];
}

/// The dict with the weights: under `model` or `state_dict`, or the file's value itself.
inline const pickle::Value& find_state_dict(const pickle::Value& root) {
  if (!Loader::is_dict(root)) fail("holds no dict of tensors; save model.state_dict(), not the model");
  for (const std::string_view key : {"model", "state_dict"})
    if (const pickle::Value* inner = root.find(key)) {
      if (!Loader::is_dict(*inner)) fail(concat('"', key, "\" is no dict of tensors; save model.state_dict() there"));
      return *inner;
    }
  return root;
}

/// The tensors and the epoch of a checkpoint's pickle.
inline void load_checkpoint(const pickle::Value& root, FindStorage find_bytes, Index file_bytes, TensorFile& file) {
  const Index budget = materialisation_budget(file_bytes);
  Loader(std::move(find_bytes), file, budget).load(find_state_dict(root));
  if (file.tensors.empty()) fail("holds no tensors, neither under \"model\" or \"state_dict\" nor at the top");
  if (const pickle::Value* epoch = root.find("epoch"); epoch != nullptr && epoch->kind == pickle::Kind::integer)
    file.metadata.emplace("epoch", concat(epoch->integer));
}

inline void load_archive(std::span<const std::byte> bytes, Checksum checksum, TensorFile& file) {
  const ZipArchive archive(bytes, checksum);
  const std::string prefix = find_prefix(archive);
  if (const std::string order = prefix + "byteorder"; archive.contains(order))
    if (const std::string_view text = as_text(archive.read(order)); text != "little")
      fail(concat("the byte order is \"", text, "\", expected \"little\""));
  const pickle::Document document = pickle::parse(archive.read(prefix + "data.pkl"));
  load_checkpoint(
      *document.root, [&](const std::string& key) { return archive.read(concat(prefix, "data/", key)); },
      std::ssize(bytes), file);
}

/// What Python 2 pickled, as Python 3 does: its str is text, and an OrderedDict, made there from a list of pairs, has
/// its members set afterwards.
inline void modernise(pickle::Document& document) {
  std::size_t members_left = 2 * document.values.size();  // a hostile file may make any number of dicts of one list
  for (pickle::Value& value : document.values) {
    if (value.kind == pickle::Kind::bytes) value.kind = pickle::Kind::text;
    if (value.kind != pickle::Kind::object || !Loader::is_dict(value) || value.arguments->items.size() != 1) continue;
    std::vector<const pickle::Value*> members;  // not in place: the list may be the dict itself
    for (const pickle::Value* pair : value.arguments->items[0]->items)
      if (pair->items.size() == 2) members.insert(members.end(), pair->items.begin(), pair->items.end());
    if (members.size() > members_left) fail("makes more than one dict of a list");
    members_left -= members.size();
    value.items.insert(value.items.end(), members.begin(), members.end());
  }
}

/// The format before PyTorch 1.6: pickles of a magic number, a version, a dict about the machine, the value and the
/// list of its storages' keys; then for each of them the number of its elements, 64 bits, and the elements.
inline void load_legacy(std::span<const std::byte> bytes, TensorFile& file) {
  constexpr std::int64_t version = 1001;
  ByteReader in(bytes, "torch checkpoint");
  in.take(legacy_magic.size());
  const auto next = [&] {
    const auto rest = bytes.subspan(in.position());
    pickle::Document document = pickle::parse(rest);
    modernise(document);
    in.take(document.size);
    return document;
  };
  if (const auto found = next(); found.root->integer != version)
    fail(concat("version ", found.root->integer, " of the format before PyTorch 1.6, expected ", version));
  const pickle::Document machine = next();
  if (const pickle::Value* little = machine.root->find("little_endian"); little == nullptr || little->integer != 1)
    fail("not written by a little-endian machine");
  const pickle::Document document = next(), keys = next();

  std::map<std::string, StorageName, std::less<>> names;
  for (const pickle::Value& value : document.values)
    if (value.kind == pickle::Kind::persistent) {
      StorageName name = parse_storage_name(*value.arguments);
      names.emplace(name.key, name);
    }
  std::map<std::string, std::span<const std::byte>, std::less<>> storages;
  for (const pickle::Value* key : keys.root->items) {
    const auto name = names.find(key->text);
    if (key->kind != pickle::Kind::text || name == names.end()) fail("lists a storage that no tensor has");
    const auto elements = in.read<std::int64_t>();
    if (elements < 0 || elements != name->second.elements)
      fail(concat("storage ", key->text, " has ", elements, " elements, described as ", name->second.elements));
    const std::optional<Index> size = checked_bytes(name->second.dtype, Shape{elements});
    if (!size) fail(concat("storage ", key->text, " cannot have ", elements, " elements"));
    storages.emplace(key->text, in.take(static_cast<std::uint64_t>(*size)));
  }
  const auto find = [&](const std::string& key) {
    const auto found = storages.find(key);
    if (found == storages.end()) throw FormatError(concat("its storage ", key, " is missing"));
    return found->second;
  };
  load_checkpoint(*document.root, find, std::ssize(bytes), file);
}

/// Adds the tensors of a checkpoint of these bytes, which those that are not made contiguous then point into.
inline void parse_into(TensorFile& file, std::span<const std::byte> bytes, Checksum checksum) {
  if (ZipArchive::is_zip(bytes))
    load_archive(bytes, checksum, file);
  else if (as_text(bytes).starts_with(legacy_magic))
    load_legacy(bytes, file);
  else
    refuse_other_format(bytes);
}

}  // namespace torch_checkpoint

/// The tensors of a checkpoint: those under `model` or `state_dict`, or of the bare state_dict, named as
/// without_wrapper_prefix does. Strided views are made contiguous. Optimizer state, arguments and everything else is
/// passed over, except an integer `epoch`, which becomes metadata. Throws FormatError.
inline TensorFile parse_torch_checkpoint(std::vector<std::byte> bytes, Checksum checksum = Checksum::verify) {
  TensorFile file;
  const std::span<const std::byte> all = file.memory.emplace_back(std::move(bytes));
  torch_checkpoint::parse_into(file, all, checksum);
  return file;
}

/// The same without a copy of contiguous tensors: they point into `bytes`, which must outlive them. Throws FormatError.
[[nodiscard]] inline TensorFile view_torch_checkpoint(std::span<const std::byte> bytes,
                                                      Checksum checksum = Checksum::verify) {
  TensorFile file;
  torch_checkpoint::parse_into(file, bytes, checksum);
  return file;
}

/// The same from a file; the path is part of every message. Throws FileError, FormatError.
[[nodiscard]] inline TensorFile read_torch_checkpoint(const std::filesystem::path& path) {
  return parse_file(path, [](std::vector<std::byte> bytes) { return parse_torch_checkpoint(std::move(bytes)); });
}

}  // namespace icolorit
