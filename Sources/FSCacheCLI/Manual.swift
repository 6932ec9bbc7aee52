/// Parts that the help of several commands has in common.
enum Manual {
    static let exitCodes = """
        EXIT CODES:
          0    done
          1    it failed, as standard error says
          64   the command line can't be understood
        """

    static let references = """
        An entry is named by its key, or by the first digits of its key as long as no other key begins so; or by its \
        URL. A URL means what 'fscache get URL' would find. Where that is nothing, it means an entry for this URL with \
        another method, other matched header fields or ignored parameters.
        """
}
