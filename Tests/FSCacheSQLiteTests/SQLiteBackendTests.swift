#if SQLite
import FSCache
#endif
