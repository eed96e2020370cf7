#ifndef TIDEMARK_STORAGE_JOURNAL_JOURNAL_REPLAY_H_
#define TIDEMARK_STORAGE_JOURNAL_JOURNAL_REPLAY_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/env.h"
#include "storage/format/journal_group.h"

namespace tidemark {

struct JournalReplay {
  int64_t bytes = 0;               // Put back where they belong.
  std::vector<std::string> notes;  // One sentence for each thing that is not as a crash leaves it.
};

// Puts what the journal of the data directory `root` holds into the segments that it came from,
// syncs those, and removes the journal. `directory_of` gives a log's directory, "" for a log that
// is not there any more. To be called before the logs are opened, while nobody has the directory.
//
// Does nothing where there is no journal. After a crash on the way it can be called again.
// DATA_LOSS never: what of the journal is damaged is not put back, and noted. The file system's
// errors, which leave the journal in its place.
absl::StatusOr<JournalReplay> ReplayJournal(
    FileSystem* file_system, const std::string& root,
    const std::function<std::string(const JournalKey&)>& directory_of);

// Removes the journal, and what an interrupted making of one has left. Durable on return.
absl::Status RemoveJournal(FileSystem* file_system, const std::string& root);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_JOURNAL_JOURNAL_REPLAY_H_
