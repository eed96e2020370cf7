#ifndef TIDEMARK_STORAGE_BASE_STRONG_INT_H_
#define TIDEMARK_STORAGE_BASE_STRONG_INT_H_

#include <compare>
#include <cstddef>
#include <functional>
#include <ostream>

namespace tidemark {

// An integer with a meaning. Values of different tags neither convert nor compare; a distance
// between two values of one tag is a plain `Rep`, and a value moves only by a plain `Rep`.
template <typename Tag, typename Rep>
class StrongInt {
 public:
  using rep = Rep;

  constexpr StrongInt() = default;
  constexpr explicit StrongInt(Rep value) : value_(value) {}

  constexpr Rep value() const { return value_; }

  friend constexpr auto operator<=>(StrongInt a, StrongInt b) = default;
  friend constexpr StrongInt operator+(StrongInt a, Rep distance) {
    return StrongInt(static_cast<Rep>(a.value_ + distance));
  }
  friend constexpr StrongInt operator-(StrongInt a, Rep distance) {
    return StrongInt(static_cast<Rep>(a.value_ - distance));
  }
  friend constexpr Rep operator-(StrongInt a, StrongInt b) {
    return static_cast<Rep>(a.value_ - b.value_);
  }
  constexpr StrongInt& operator+=(Rep distance) { return *this = *this + distance; }
  constexpr StrongInt& operator++() { return *this += 1; }

  friend std::ostream& operator<<(std::ostream& out, StrongInt v) { return out << +v.value_; }
  template <typename H>
  friend H AbslHashValue(H h, StrongInt v) {
    return H::combine(std::move(h), v.value_);
  }

 private:
  Rep value_ = 0;
};

}  // namespace tidemark

template <typename Tag, typename Rep>
struct std::hash<tidemark::StrongInt<Tag, Rep>> {
  std::size_t operator()(tidemark::StrongInt<Tag, Rep> v) const {
    return std::hash<Rep>()(v.value());
  }
};

#endif  // TIDEMARK_STORAGE_BASE_STRONG_INT_H_
