#if MongoDB
import FSCache
#endif
