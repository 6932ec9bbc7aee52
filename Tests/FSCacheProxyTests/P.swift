#if Proxy
#endif
