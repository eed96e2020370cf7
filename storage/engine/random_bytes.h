#ifndef TIDEMARK_STORAGE_ENGINE_RANDOM_BYTES_H_
#define TIDEMARK_STORAGE_ENGINE_RANDOM_BYTES_H_

#include <array>
#include <cstdint>

#include "storage/env.h"
#include "storage/types.h"

namespace tidemark {

std::array<uint8_t, 16> RandomBytes16(Random* random);

// A topic id as Kafka draws them: a random UUID (version 4), not zero, whose text does not begin
// with a hyphen, which command lines would take for a flag.
TopicId RandomTopicId(Random* random);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_ENGINE_RANDOM_BYTES_H_
