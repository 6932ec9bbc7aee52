// The settings of fixtures are in a module of their own, because the tool uses them without Swift Testing.
@_exported public import FSCacheFixtures
