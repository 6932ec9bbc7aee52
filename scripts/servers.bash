# Scripts that start servers source this file after common.bash. They end with `trap stop EXIT`.
# shellcheck shell=bash

# A folder for the files of the servers, and the servers' processes.
work=$(mktemp -d)
started=()

# Ends the servers and removes their files.
stop() {
    ((${#started[@]} == 0)) || kill "${started[@]}" 2>/dev/null || true
    wait
    rm -rf "$work"
}

# Prints free ports of this machine, as many as the argument says.
free_ports() {
    python3 -c '
import socket, sys
sockets = [socket.socket() for _ in range(int(sys.argv[1]))]
for s in sockets: s.bind(("127.0.0.1", 0))
print(*(s.getsockname()[1] for s in sockets))' "$1"
}

# Waits until the server that was started last accepts connections on a port. The second argument is its log.
wait_for_port() {
    local port=$1 log=$2
    until (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
        kill -0 "${started[-1]}" 2>/dev/null || die "the server has not started: $(cat "$log")"
        sleep 0.1
    done
}

# Starts Redis, which keeps everything in memory, and exports REDIS_URL.
start_redis() {
    local port
    port=$(free_ports 1)
    redis-server --bind 127.0.0.1 --port "$port" --save "" --dir "$work" >"$work/redis.log" 2>&1 &
    started+=($!)
    wait_for_port "$port" "$work/redis.log"
    export REDIS_URL=redis://127.0.0.1:$port/0
}

# Starts SecantusDB, a server with MongoDB's protocol, and exports MONGODB_URL.
start_mongodb() {
    local port
    port=$(free_ports 1)
    .build-mongodb/bin/secantusd-py --host 127.0.0.1 --port "$port" --storage-path "$work/mongodb" \
        --log-level ERROR --cache-size 64M >"$work/mongodb.log" 2>&1 &
    started+=($!)
    wait_for_port "$port" "$work/mongodb.log"
    export MONGODB_URL=mongodb://127.0.0.1:$port/bench
}
