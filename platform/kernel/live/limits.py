"""How much a socket may ask for, and how long it may live on an old answer. Times in seconds."""

LOOK_EVERY = 1.5
"""A socket asks PostgreSQL this often even when no bell rings."""

LOOK_LASTS = 2.0
"""What a look has found is told within this time, or looked up again with the rights of then."""

LEASE = 30.0
"""Without a yes from PostgreSQL for this long the socket is closed: it fails closed."""

PING_EVERY = 8.0
SILENT_FOR = 30.0
"""A client that has said nothing for this long is gone; it answers a ping every 8 s."""

SEND_WITHIN = 4.0
"""A reader that leaves the network full for this long is cut off; it comes back and catches up."""

STAY_EVERY = 15.0
"""How often a room hears that somebody is still there."""

LEAVE_AFTER = 2.0
"""A page that is loaded again within this time has not left."""

LIFE = 8 * 3600.0
FRAME_BYTES = 4096
MESSAGES_PER_SECOND = 20
ROOMS = 50
ROOM_NAME = 80
BATCH = 64
"""At most this many events are in memory for one socket; the rest waits in the table."""

MISSED = 1000
"""After a longer absence only the newest events are told: a page that old is loaded again."""

SOCKETS_PER_SESSION = 30

WENT_AWAY = 1001
UNREADABLE = 1003
AGAINST_THE_RULES = 1008
TOO_BIG = 1009
BROKEN = 1011
TRY_AGAIN_LATER = 1013
SIGN_IN = 4401
ENDED = 4403
RENEWED = 4410
"""The session has a new key: come back with the cookie of now."""
