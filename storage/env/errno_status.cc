#include "storage/env/errno_status.h"

#include <cerrno>
#include <cstring>
#include <limits>

#include "absl/strings/str_cat.h"

namespace tidemark {
namespace {

absl::StatusCode CodeOf(int error_number) {
  switch (error_number) {
    case ENOENT:
      return absl::StatusCode::kNotFound;
    case EEXIST:
      return absl::StatusCode::kAlreadyExists;
    case EACCES:
    case EPERM:
    case EROFS:
      return absl::StatusCode::kPermissionDenied;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return absl::StatusCode::kResourceExhausted;
    case EMFILE:
    case ENFILE:
    case EIO:
    case EAGAIN:
    case ENOMEM:
    case ENOBUFS:
    case ENOLCK:
    case ENXIO:
    case ENODEV:
    case ESTALE:
    case ETIMEDOUT:
    case EHWPOISON:
      return absl::StatusCode::kUnavailable;
    case ENOTDIR:
    case EISDIR:
    case ENOTEMPTY:
    case ELOOP:
    case EXDEV:
    case EBUSY:
    case ETXTBSY:
    case EBADF:
      return absl::StatusCode::kFailedPrecondition;
    case EPIPE:
    case ECONNRESET:
    case ENOTCONN:
      return absl::StatusCode::kAborted;
    case EINVAL:
    case ENAMETOOLONG:
    case ENOTSOCK:
      return absl::StatusCode::kInvalidArgument;
    case EOPNOTSUPP:
    case ENOSYS:
      return absl::StatusCode::kUnimplemented;
    default:
      return absl::StatusCode::kUnknown;
  }
}

absl::string_view AdviceFor(int error_number) {
  switch (error_number) {
    case ENOSPC:
      return "; free space on the disk";
    case EDQUOT:
      return "; raise the quota or delete files";
    case EMFILE:
    case ENFILE:
      return "; raise the limit of open files, or keep fewer open";
    case EROFS:
      return "; mount it writable";
    case EACCES:
    case EPERM:
      return "; check the owner and the mode";
    case ELOOP:
      return "; symbolic links are not followed";
    default:
      return "";
  }
}

}  // namespace

absl::Status ErrnoStatus(int error_number, absl::string_view operation, absl::string_view path) {
  const char* description = strerrordesc_np(error_number);
  if (description == nullptr) description = "unknown error";
  return absl::Status(CodeOf(error_number),
                      absl::StrCat(operation, " ", path, ": ", description, " (errno ",
                                   error_number, ")", AdviceFor(error_number)));
}

absl::Status CheckFileRange(absl::string_view operation, absl::string_view path, int64_t position,
                            int64_t length_bytes) {
  if (position >= 0 && length_bytes >= 0 &&
      position <= std::numeric_limits<int64_t>::max() - length_bytes) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(operation, " ", path, ": position ", position,
                                                 " and length ", length_bytes,
                                                 " are not a range of a file"));
}

}  // namespace tidemark
