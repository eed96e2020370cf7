#include "storage/format/crc32c_x86.h"

#if defined(__x86_64__)

#include <immintrin.h>

#include <cstddef>
#include <cstring>

// How the sums are made.
//
// A message is a polynomial over GF(2), its first bit the highest power; its CRC is the remainder
// modulo P. So a 128-bit piece R of it may be replaced by any 128 bits that stand D bits further on
// and are congruent to R * x^D: "folding" R over a distance D. With R = A * x^64 + B that is
// A * (x^(D+64) mod P) + B * (x^D mod P), two carry-less multiplications. Several independent lanes
// are folded side by side, then into one, and 16 bytes remain that have the CRC of all.
//
// CRC-32C numbers bits from the lowest power, so registers hold polynomials mirrored. The product
// of two mirrored 64-bit values is mirrored, but one bit short of 128: an extra factor x. A
// mirrored 32-bit constant in the low half of a 64-bit operand carries an extra factor x^32. Both
// are taken off the constants' exponents: D + 64 - 33 and D - 33.

namespace tidemark::crc32c_internal {
namespace {

constexpr uint32_t kMirroredPolynomial = 0x82f63b78;

// x^exponent mod P, mirrored.
constexpr uint64_t PowerOfX(int exponent) {
  uint32_t value = 0x80000000;
  for (int i = 0; i < exponent; ++i) {
    value = (value >> 1) ^ ((value & 1) != 0 ? kMirroredPolynomial : 0);
  }
  return value;
}

struct FoldConstants {
  uint64_t first_half;
  uint64_t second_half;
};

template <int kDistanceBytes>
inline constexpr FoldConstants kFold = {PowerOfX(8 * kDistanceBytes + 64 - 33),
                                        PowerOfX(8 * kDistanceBytes - 33)};

#define TIDEMARK_TARGET_SSE42 __attribute__((target("sse4.2,pclmul")))
#define TIDEMARK_TARGET_AVX512 __attribute__((target("sse4.2,pclmul,avx512f,avx512vl,vpclmulqdq")))
#define TIDEMARK_INLINE inline __attribute__((always_inline))

template <typename T>
TIDEMARK_INLINE T LoadNative(const char* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof(value));
  return value;
}

// Byte after byte and word after word: for what is too short to fold.
TIDEMARK_TARGET_SSE42 TIDEMARK_INLINE uint32_t ExtendSerially(uint32_t state, const char* bytes,
                                                              size_t size) {
  uint64_t wide = state;
  for (; size >= 8; bytes += 8, size -= 8) {
    wide = _mm_crc32_u64(wide, LoadNative<uint64_t>(bytes));
  }
  uint32_t narrow = static_cast<uint32_t>(wide);
  if ((size & 4) != 0) {
    narrow = _mm_crc32_u32(narrow, LoadNative<uint32_t>(bytes));
    bytes += 4;
  }
  if ((size & 2) != 0) {
    narrow = _mm_crc32_u16(narrow, LoadNative<uint16_t>(bytes));
    bytes += 2;
  }
  if ((size & 1) != 0) narrow = _mm_crc32_u8(narrow, static_cast<uint8_t>(*bytes));
  return narrow;
}

TIDEMARK_TARGET_SSE42 TIDEMARK_INLINE __m128i Load128(const char* bytes) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes));
}

template <int kDistanceBytes>
TIDEMARK_TARGET_SSE42 TIDEMARK_INLINE __m128i Fold128(__m128i lane) {
  constexpr FoldConstants kConstants = kFold<kDistanceBytes>;
  const __m128i constants = _mm_set_epi64x(static_cast<int64_t>(kConstants.second_half),
                                           static_cast<int64_t>(kConstants.first_half));
  return _mm_xor_si128(_mm_clmulepi64_si128(lane, constants, 0x00),
                       _mm_clmulepi64_si128(lane, constants, 0x11));
}

// The state after 16 bytes that stand for everything so far, and then `size` more.
TIDEMARK_TARGET_SSE42 TIDEMARK_INLINE uint32_t Finish128(__m128i lane, const char* bytes,
                                                         size_t size) {
  for (; size >= 16; bytes += 16, size -= 16) {
    lane = _mm_xor_si128(Fold128<16>(lane), Load128(bytes));
  }
  uint64_t state = _mm_crc32_u64(0, static_cast<uint64_t>(_mm_cvtsi128_si64(lane)));
  state = _mm_crc32_u64(state, static_cast<uint64_t>(_mm_extract_epi64(lane, 1)));
  return ExtendSerially(static_cast<uint32_t>(state), bytes, size);
}

constexpr size_t kSse42FoldBytesMin = 64;

TIDEMARK_TARGET_SSE42 uint32_t ExtendSse42(uint32_t state, absl::string_view bytes) {
  const char* next = bytes.data();
  size_t size = bytes.size();
  if (size < kSse42FoldBytesMin) return ExtendSerially(state, next, size);
  __m128i lane0 = _mm_xor_si128(Load128(next), _mm_cvtsi32_si128(static_cast<int>(state)));
  __m128i lane1 = Load128(next + 16);
  __m128i lane2 = Load128(next + 32);
  __m128i lane3 = Load128(next + 48);
  next += 64;
  size -= 64;
  for (; size >= 64; next += 64, size -= 64) {
    lane0 = _mm_xor_si128(Fold128<64>(lane0), Load128(next));
    lane1 = _mm_xor_si128(Fold128<64>(lane1), Load128(next + 16));
    lane2 = _mm_xor_si128(Fold128<64>(lane2), Load128(next + 32));
    lane3 = _mm_xor_si128(Fold128<64>(lane3), Load128(next + 48));
  }
  lane0 = _mm_xor_si128(Fold128<48>(lane0), Fold128<32>(lane1));
  lane2 = _mm_xor_si128(Fold128<16>(lane2), lane3);
  return Finish128(_mm_xor_si128(lane0, lane2), next, size);
}

TIDEMARK_TARGET_AVX512 TIDEMARK_INLINE __m512i Load512(const char* bytes) {
  return _mm512_loadu_si512(bytes);
}

template <int kIndex>
TIDEMARK_TARGET_AVX512 TIDEMARK_INLINE __m128i Lane128(__m512i lanes) {
  // The masked form: GCC 12 warns of an uninitialised value inside the plain one.
  return _mm512_maskz_extracti32x4_epi32(0xf, lanes, kIndex);
}

// Folds each 128-bit lane over the distance, and adds what stands there.
template <int kDistanceBytes>
TIDEMARK_TARGET_AVX512 TIDEMARK_INLINE __m512i FoldInto512(__m512i lanes, __m512i addend) {
  constexpr FoldConstants kConstants = kFold<kDistanceBytes>;
  const __m512i constants = _mm512_set4_epi64(
      static_cast<int64_t>(kConstants.second_half), static_cast<int64_t>(kConstants.first_half),
      static_cast<int64_t>(kConstants.second_half), static_cast<int64_t>(kConstants.first_half));
  constexpr int kXorOfThree = 0x96;
  return _mm512_ternarylogic_epi64(_mm512_clmulepi64_epi128(lanes, constants, 0x00),
                                   _mm512_clmulepi64_epi128(lanes, constants, 0x11), addend,
                                   kXorOfThree);
}

TIDEMARK_TARGET_AVX512 TIDEMARK_INLINE uint32_t Finish512(__m512i lanes, const char* bytes,
                                                          size_t size) {
  for (; size >= 64; bytes += 64, size -= 64) {
    lanes = FoldInto512<64>(lanes, Load512(bytes));
  }
  const __m128i folded =
      _mm_xor_si128(_mm_xor_si128(Fold128<48>(Lane128<0>(lanes)), Fold128<32>(Lane128<1>(lanes))),
                    _mm_xor_si128(Fold128<16>(Lane128<2>(lanes)), Lane128<3>(lanes)));
  return Finish128(folded, bytes, size);
}

constexpr size_t kAvx512FoldBytesMin = 256;

TIDEMARK_TARGET_AVX512 uint32_t ExtendAvx512(uint32_t state, absl::string_view bytes) {
  const char* next = bytes.data();
  size_t size = bytes.size();
  if (size < kAvx512FoldBytesMin) return ExtendSse42(state, bytes);
  __m512i lanes0 = _mm512_xor_si512(
      Load512(next), _mm512_zextsi128_si512(_mm_cvtsi32_si128(static_cast<int>(state))));
  __m512i lanes1 = Load512(next + 64);
  __m512i lanes2 = Load512(next + 128);
  __m512i lanes3 = Load512(next + 192);
  next += 256;
  size -= 256;
  for (; size >= 256; next += 256, size -= 256) {
    lanes0 = FoldInto512<256>(lanes0, Load512(next));
    lanes1 = FoldInto512<256>(lanes1, Load512(next + 64));
    lanes2 = FoldInto512<256>(lanes2, Load512(next + 128));
    lanes3 = FoldInto512<256>(lanes3, Load512(next + 192));
  }
  lanes1 = FoldInto512<64>(lanes0, lanes1);
  lanes3 = FoldInto512<64>(lanes2, lanes3);
  return Finish512(FoldInto512<128>(lanes1, lanes3), next, size);
}

}  // namespace

X86Implementations SupportedX86Implementations() {
  X86Implementations result;
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("sse4.2") || !__builtin_cpu_supports("pclmul")) return result;
  result.sse42 = &ExtendSse42;
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("vpclmulqdq")) {
    result.avx512 = &ExtendAvx512;
  }
  return result;
}

}  // namespace tidemark::crc32c_internal

#else

namespace tidemark::crc32c_internal {

X86Implementations SupportedX86Implementations() { return {}; }

}  // namespace tidemark::crc32c_internal

#endif
