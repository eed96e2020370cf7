#include <iostream>

#include "api/tidemark.h"

int main() {
  // Every call returns a status, or a value or a status.
  auto tide = tidemark::Tidemark::Open("orders-data");
  if (!tide.ok()) return std::cerr << tide.status() << "\n", 1;

  auto orders = tide->CreateTopic("orders", {.partition_count = 3, .exists_ok = true});
  if (!orders.ok()) return std::cerr << orders.status() << "\n", 1;

  // On stable storage, with everything before it, once this returns.
  auto ack = orders->Append({.key = "alice", .value = "two books"},
                            {.durability = tidemark::Durability::kDurable});
  if (!ack.ok()) return std::cerr << ack.status() << "\n", 1;

  auto records = orders->Read(ack->partition, ack->offset);
  if (!records.ok()) return std::cerr << records.status() << "\n", 1;
  for (const tidemark::RecordView& record : *records) {
    std::cout << record.offset << ": " << *record.key << " ordered " << *record.value << "\n";
  }
  return tide->Close().ok() ? 0 : 1;
}
