# lib/guard/upstream.c
# A replay is called with a fence.
s/is_replay(request) ? 0 : request->lock.fence/request->lock.fence/
