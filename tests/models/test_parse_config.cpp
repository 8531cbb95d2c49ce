// Sizes of a network as people type them.
#include "icolorit/models/parse_config.hpp"

#include "support/catch.hpp"

using namespace icolorit;

TEST_CASE("a text of sizes becomes a configuration, with the published base model's where it is silent") {
  const IColoriTConfig own = parse_config("dim=256,heads=8,depth=6,patch=8,mlp=2.5,size=112,channels=3,head=locattn");
  CHECK(own == IColoriTConfig{.dim = 256,
                              .heads = 8,
                              .patch = 8,
                              .size = 112,
                              .depth = 6,
                              .mlp_ratio = 2.5,
                              .channels = 3,
                              .head = Stabilizer::local_attention});
  CHECK(parse_config("") == IColoriTConfig{});
  CHECK(parse_config(" dim = 256, depth =6 ") == parse_config("dim=256,depth=6"));
  CHECK(parse_config("dim=256").heads == 4);  // 64 dimensions each
  CHECK(parse_config("dim=32").heads == 1);
}

TEST_CASE("a text that names no network is refused with the key", "[errors]") {
  CHECK_THROWS_WITH(parse_config("width=3"), ContainsSubstring("unknown key \"width\"; known are dim, heads"));
  CHECK_THROWS_WITH(parse_config("dim=many"), ContainsSubstring("dim is \"many\", expected a positive number"));
  for (const char* text : {"dim", "dim=", "dim=0", "dim=-64", "dim=64x", "dim=65537", "mlp=nan", "dim=64,,depth=2"})
    CHECK_THROWS_AS(parse_config(text), ArgumentError);
  CHECK_THROWS_WITH(parse_config("dim=20,heads=8"), ContainsSubstring("not a multiple of 8 heads"));
  CHECK_THROWS_WITH(parse_config("head=cubic"), ContainsSubstring("use cnn, linear or locattn"));
}
