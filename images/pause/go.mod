module storefleet.dev/images/pause

go 1.24
