#include "storage/error_code.h"

#include "gtest/gtest.h"
#include "storage/base/status_macros.h"

namespace tidemark {
namespace {

TEST(ErrorCode, StaysWithAStatusThroughAnnotations) {
  const absl::Status plain = absl::FailedPreconditionError("why");
  EXPECT_FALSE(ErrorCodeOf(plain).has_value());
  EXPECT_FALSE(ErrorCodeOf(Annotate(plain, "where")).has_value());
  EXPECT_FALSE(ErrorCodeOf(absl::OkStatus()).has_value());

  const absl::Status status = WithErrorCode(ErrorCode::kInvalidProducerEpoch, plain);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(status.message(), "why");
  EXPECT_EQ(ErrorCodeOf(status), ErrorCode::kInvalidProducerEpoch);
  const absl::Status annotated = Annotate(status, "where");
  EXPECT_EQ(annotated.message(), "where: why");
  EXPECT_EQ(ErrorCodeOf(annotated), ErrorCode::kInvalidProducerEpoch);
}

}  // namespace
}  // namespace tidemark
