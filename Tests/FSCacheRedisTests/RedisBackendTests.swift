#if Redis
import FSCache
#endif
