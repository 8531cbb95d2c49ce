// NameList: the names in a message, cut so that it stays a sentence.
#include <string>

#include "icolorit/core/name_list.hpp"
#include "support/catch.hpp"

using namespace icolorit;

TEST_CASE("a list of names tells the first three and counts the others", "[name_list]") {
  NameList names;
  CHECK(names.empty());
  CHECK(names.text().empty());
  names.add("a");
  names.add("b is ", 2);
  names.add("c");
  CHECK(names.text() == "a, b is 2, c");
  names.add("d");
  CHECK(names.text() == "a, b is 2, c and 1 more");
  for (int i = 0; i < 169; ++i) names.add("e", i);
  CHECK(names.count() == 173);
  CHECK(names.text() == "a, b is 2, c and 170 more");

  NameList long_names;
  for (const char letter : {'a', 'b', 'c'}) long_names.add(std::string(60, letter));
  CHECK(long_names.text() == std::string(60, 'a') + " and 2 more");
}
